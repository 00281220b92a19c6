package stack

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// screenWidth is the default width of a terminal, in characters.
const screenWidth = 80

// PrintOutputs prints the state of the demo, its URLs, and the next commands.
func (s *Stack) PrintOutputs(ctx context.Context) error {
	outputs, err := s.outputs(ctx)
	if err != nil {
		return err
	}
	if len(outputs) == 0 {
		return errNothingDeployed()
	}
	seen := s.observe(ctx, outputs)
	if err := ctx.Err(); err != nil {
		return err
	}
	fmt.Fprint(s.out, summary(outputs, seen, progress.New(s.out).Bold))
	return nil
}

// summary returns the text in lines of at most screenWidth characters, unless a URL is longer.
func summary(outputs map[string]any, seen observation, bold func(string) string) string {
	explorer, forward := explorerAddress(outputs)
	text := fitting("   ", bold(seen.headline), "Open "+bold(explorer), `start with "Map"`)
	if seen.problem != "" {
		text = bold(seen.headline) + "\n" + wrapped(seen.problem)
	}
	if forward != "" {
		text += "  first    " + forward + "\n"
	}
	if !seen.stopped {
		text += serviceURLs(outputs)
	}
	lab := "none (" + makeCommand("lab") + ")"
	if name := labOf(outputs); name != "" {
		lab = name + " (" + makeCommand("lab OFF=1") + ")"
	}
	text += rows([]string{"lab", lab}, []string{"policies", seen.policies})
	end := []string{"stop", makeCommand("down")}
	if makeCommand("") != "make " {
		end = []string{"delete", makeCommand("destroy")} // make down stops only the embedded cluster
	}
	if seen.stopped {
		return text + rows([]string{"start", makeCommand("up")}, []string{"delete", makeCommand("destroy")})
	}
	text += rows([]string{"shell", makeCommand("shell")}, []string{"check", makeCommand("verify")}, end)
	if seen.unenforced != "" {
		text += wrapped(seen.unenforced)
	}
	return text
}

// serviceURLs returns the URLs of the services: in one line, or one to a line if that is too long.
func serviceURLs(outputs map[string]any) string {
	var cells [][]string
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		service, isURL := strings.CutSuffix(name, "Url")
		if !isURL || name == explorerOutput {
			continue
		}
		url, _ := outputs[name].(string)
		if url == "" {
			url = "has no Service"
		}
		cells = append(cells, []string{service, url})
	}
	line := ""
	for _, cell := range cells {
		line += "   " + cell[0] + " " + cell[1]
	}
	if line = strings.TrimPrefix(line, " "); length(line) <= screenWidth {
		return line + "\n"
	}
	return rows(cells...)
}

// rows aligns labels and values: up to three to a line, or one to a line if that is too long.
func rows(cells ...[]string) string {
	line, each, label := "", "", 0
	for _, cell := range cells {
		label = max(label, len(cell[0]))
	}
	for i, cell := range cells {
		switch {
		case i == 0:
			line = fmt.Sprintf("  %-8s %-22s", cell[0], cell[1])
		default:
			line += fmt.Sprintf("   %-8s %-13s", cell[0], cell[1])
		}
		each += fmt.Sprintf("  %-*s %s\n", max(label, 8), cell[0], cell[1])
	}
	if line = strings.TrimRight(line, " "); length(line) <= screenWidth {
		return line + "\n"
	}
	return each
}

// fitting joins the parts in one line, or puts each into a line of its own if that is too long.
func fitting(gap string, parts ...string) string {
	if line := strings.Join(parts, gap); length(line) <= screenWidth {
		return line + "\n"
	}
	return parts[0] + "\n  " + strings.Join(parts[1:], "\n  ") + "\n"
}

// wrapped breaks a sentence into indented lines that fit the screen.
func wrapped(sentence string) string {
	text, line := "", " "
	for word := range strings.FieldsSeq(sentence) {
		if length(line)+1+length(word) > screenWidth && line != " " {
			text, line = text+line+"\n", " "
		}
		line += " " + word
	}
	return text + line + "\n"
}

// length returns the number of characters that a terminal shows.
func length(text string) int {
	for _, style := range []string{"\033[1m", "\033[0m"} {
		text = strings.ReplaceAll(text, style, "")
	}
	return utf8.RuneCountInString(text)
}
