package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// screenWidth is that of a terminal that nobody has made wider.
const screenWidth = 80

// printOutputs prints where the demo answers and what to do with it.
func (b *builder) printOutputs(ctx context.Context) error {
	outputs, err := b.outputs(ctx)
	if err != nil {
		return err
	}
	if len(outputs) == 0 {
		return nothingDeployed()
	}
	seen := b.observe(ctx, outputs)
	fmt.Fprint(b.out, summary(outputs, seen, b.screen()))
	return nil
}

// screen styles what goes to the command's output.
func (b *builder) screen() *report { return newReport(b.out) }

// summary is the text below `make up`, in lines of at most screenWidth characters where the URLs are no longer than that.
func summary(outputs map[string]any, seen observation, screen *report) string {
	explorer, forward := explorerAddress(outputs)
	text := fitting("   ", screen.bold(seen.headline), "Open "+screen.bold(explorer), `start with "Map"`)
	if seen.problem != "" {
		text = screen.bold(seen.headline) + "\n" + wrapped(seen.problem)
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
		end = []string{"delete", makeCommand("destroy")} // make down stops the embedded cluster alone
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

// explorerAddress is where the explorer answers, with the command that makes it answer there; empty where none is needed.
func explorerAddress(outputs map[string]any) (address, forward string) {
	explorer, _ := outputs[explorerOutput].(string)
	if explorer == "" || slices.Contains(urlsFromHere(outputs), explorer) {
		return explorer, ""
	}
	return "http://127.0.0.1:8080", fmt.Sprintf("kubectl -n %v port-forward service/explorer 8080:80", outputs["namespace"])
}

// serviceURLs are the URLs among the outputs but for the explorer's: in one line, or in a line each where that is too long.
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

// rows are labels and values with the values below each other: up to three to a line, or one to a line where that is too long.
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

// fitting are the parts in one line, or each in a line of its own where that is too long.
func fitting(gap string, parts ...string) string {
	if line := strings.Join(parts, gap); length(line) <= screenWidth {
		return line + "\n"
	}
	return parts[0] + "\n  " + strings.Join(parts[1:], "\n  ") + "\n"
}

// wrapped is a sentence in lines that fit.
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

// length is the number of characters that a terminal shows.
func length(text string) int {
	for _, style := range []string{"\033[1m", "\033[0m"} {
		text = strings.ReplaceAll(text, style, "")
	}
	return utf8.RuneCountInString(text)
}
