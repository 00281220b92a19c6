package matrix

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/kubernetes-networking/apps/contract/failure"
	contract "example.com/kubernetes-networking/apps/contract/matrix"
)

// Paint marks a text, such as with a colour, if the output can show it.
type Paint func(text string) string

// Text returns the matrix as text: a grid with a line for each target and a column for each source, the active lab, the
// differences by cause, and the verdict. The marks add no information.
func (m Matrix) Text(mark Paint) string {
	var text strings.Builder
	m.grid(&text, mark)
	if m.Lab != "" {
		fmt.Fprintf(&text, "\n%s\n", mark("The lab "+m.Lab+" is active."))
	}
	for _, cause := range m.causes() {
		fmt.Fprintf(&text, "\n%s", mark(cause.line()))
		if cause.Command != "" {
			fmt.Fprintf(&text, "\n    %s", cause.Command)
		}
	}
	fmt.Fprintf(&text, "\n%s\n%s\n", m.verdict(mark), m.enforcement(mark))
	return text.String()
}

func (m Matrix) grid(text *strings.Builder, mark Paint) {
	var sources, groups []string
	cells := map[[2]string][]contract.Row{}
	for _, row := range m.Rows {
		sources, groups = appendNew(sources, row.From), appendNew(groups, row.Group)
		cells[[2]string{row.Group, row.From}] = append(cells[[2]string{row.Group, row.From}], row)
	}
	lines := [][]string{append([]string{"to / from"}, sources...)}
	for _, group := range groups {
		line := []string{group}
		for _, source := range sources {
			line = append(line, condensed(cells[[2]string{group, source}]))
		}
		lines = append(lines, line)
	}
	write(text, lines, mark)
}

// write aligns the columns and marks the differences. text/tabwriter would count the marks as characters.
func write(text *strings.Builder, lines [][]string, mark Paint) {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var cells []string
		for i, cell := range line {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if isDifference(cell) {
				cell = mark(cell)
			}
			cells = append(cells, cell+padding)
		}
		text.WriteString(strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
	}
}

// condensed returns the text of a cell: the first difference of its connections, or the number of allowed and denied
// ones.
func condensed(rows []contract.Row) string {
	var verdicts []contract.Verdict
	counts, differences := map[contract.Verdict]int{}, Matrix{contract.Matrix{Rows: rows}}.Differences()
	for _, row := range rows {
		verdicts = appendNew(verdicts, row.Measured)
		counts[row.Measured]++
	}
	switch {
	case len(differences) == 1:
		return row{differences[0]}.short()
	case len(differences) > 1:
		return fmt.Sprintf("%s (and %d more)", row{differences[0]}.short(), len(differences)-1)
	case len(verdicts) == 0:
		return "-"
	case len(verdicts) == 1:
		return string(verdicts[0])
	}
	slices.Sort(verdicts)
	var words []string
	for _, verdict := range verdicts {
		words = append(words, fmt.Sprintf("%d %s", counts[verdict], verdict))
	}
	return strings.Join(words, ", ")
}

func isDifference(cell string) bool { return strings.Contains(cell, ", want ") }

// short describes a difference in a few words, such as "DENIED, want allowed: POLICY".
func (r row) short() string {
	words := r.result() + ", want " + string(r.Expected)
	if r.Code != "" {
		words += ": " + string(r.Code)
	}
	return words
}

// result returns the measured result in words.
func (r row) result() string {
	switch {
	case r.Measured != contract.Unanswered:
		return strings.ToUpper(string(r.Measured))
	case r.Code == failure.Timeout:
		return "ALLOWED but no answer in time"
	case r.Code == failure.Server:
		return "ALLOWED but the server failed"
	}
	return "ALLOWED but no valid answer"
}

// cause is a reason with the connections that differ for it.
type cause struct {
	row   // the first of them
	pairs []string
	rows  int
}

// causes returns the differences, grouped by reason.
func (m Matrix) causes() []*cause {
	var all []*cause
	for _, r := range m.Differences() {
		at := slices.IndexFunc(all, func(one *cause) bool {
			return one.Measured == r.Measured && one.Expected == r.Expected && one.Code == r.Code && one.Detail == r.Detail
		})
		if at < 0 {
			at, all = len(all), append(all, &cause{row: row{r}})
		}
		all[at].rows++
		all[at].pairs = appendNew(all[at].pairs, r.From+" -> "+r.To)
	}
	return all
}

// line returns the cause without the command.
func (c *cause) line() string {
	const most = 3
	pairs := strings.Join(c.pairs[:min(most, len(c.pairs))], ", ")
	if more := len(c.pairs) - most; more > 0 {
		pairs += fmt.Sprintf(" and %d more", more)
	}
	connections := "1 connection"
	if c.rows > 1 {
		connections = fmt.Sprintf("%d connections", c.rows)
	}
	line := fmt.Sprintf("%s: %s (%s).", pairs, c.short(), connections)
	if c.Detail != "" {
		line += " " + c.Detail
	} else if len(c.pairs) == 1 && c.Reason != "" {
		line += " " + c.Reason
	}
	return line
}

// connection returns the names of both ends.
func (r row) connection() string {
	to := fmt.Sprintf("%s, %s %s", r.To, r.Kind, r.Target)
	if r.ToPod != "" {
		to += " of " + r.ToPod
	}
	return fmt.Sprintf("%s -> %s", r.From, to)
}

func (m Matrix) verdict(mark Paint) string {
	took := fmt.Sprintf("%d connections in %s, measured in %.1f s", len(m.Rows), m.Namespace, m.Milliseconds/1000)
	if differences := len(m.Differences()); differences > 0 {
		return mark(fmt.Sprintf("%s: %d NOT as declared", took, differences))
	}
	return took + ": all as declared"
}

// enforcement returns the explorer's sentence about the enforcement of NetworkPolicies.
func (m Matrix) enforcement(mark Paint) string {
	if m.Enforced == "no" {
		return mark(m.EnforcedDetail)
	}
	return m.EnforcedDetail
}

func appendNew[T comparable](list []T, one T) []T {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}
