package hostcheck

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes a table of all findings, and below it the remedy for each finding that is not OK.
func WriteTable(w io.Writer, findings []Finding) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "CHECK\tRESULT\tFOUND")
	for _, f := range findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Check, f.Result, f.Found)
	}
	fmt.Fprintln(table)
	for _, f := range findings {
		if f.Result != OK {
			fmt.Fprintf(table, "%s\t%s\t%s\n", f.Check, f.Result, f.Remedy)
		}
	}
	return table.Flush()
}
