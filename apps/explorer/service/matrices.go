package service

import (
	"net/http"
	"slices"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/matrix"
)

// matrixTimeout is for a whole round. With three Pods a service it takes about two seconds, which is how long a denied
// connection waits.
const matrixTimeout = 30 * time.Second

// matrixPage is a matrix as a table: a column for each node that measured, a line for each group of targets.
type matrixPage struct {
	matrix.Matrix
	Sources []string
	Lines   []line
	// Different are the rows that are measured otherwise than expected.
	Different []matrix.Row
}

type line struct {
	Group string
	// Cells are in the order of the sources; one without rows is for what was not measured from there.
	Cells []cell
}

// cell is all connections from the Pods of a node to the targets of a group.
type cell struct {
	Expected matrix.Verdict
	// Measured are the verdicts, each once, with how many rows have it.
	Measured []counted
	Same     bool
	// Reason is that of the first row, which is the same for all but for names of Pods.
	Reason string
}

type counted struct {
	Verdict matrix.Verdict
	// Text is the verdict in words.
	Text string
	Rows int
}

func (s *site) showMatrix(w http.ResponseWriter, r *http.Request) error {
	measured, err := s.measure(w, r)
	if err != nil {
		return err
	}
	return s.pages.show(w, http.StatusOK, "matrix", page{Title: "Matrix", Section: "Matrix", Content: tabulate(measured)})
}

func (s *site) matrixJSON(w http.ResponseWriter, r *http.Request) error {
	measured, err := s.measure(w, r)
	if err != nil {
		return err
	}
	return answer(w, measured)
}

func (s *site) measure(w http.ResponseWriter, r *http.Request) (matrix.Matrix, error) {
	ctx, cancel, err := s.matrices.begin(w, r, matrixTimeout)
	if err != nil {
		return matrix.Matrix{}, err
	}
	defer cancel()
	measured, err := s.Prover.Measure(ctx)
	measured.Lab = contract.Lab(s.Cluster.Network().Lab)
	return measured, err
}

// tabulate puts the rows of a matrix, which are single connections, together.
func tabulate(measured matrix.Matrix) matrixPage {
	shown := matrixPage{Matrix: measured}
	var groups []string
	for _, row := range measured.Rows {
		if !slices.Contains(shown.Sources, row.From) {
			shown.Sources = append(shown.Sources, row.From)
		}
		if !slices.Contains(groups, row.Group) {
			groups = append(groups, row.Group)
		}
		if !row.Same {
			shown.Different = append(shown.Different, row)
		}
	}
	for _, group := range groups {
		shown.Lines = append(shown.Lines, line{Group: group, Cells: make([]cell, len(shown.Sources))})
	}
	for _, row := range measured.Rows {
		shown.Lines[slices.Index(groups, row.Group)].Cells[slices.Index(shown.Sources, row.From)].add(row)
	}
	return shown
}

func (c *cell) add(row matrix.Row) {
	if len(c.Measured) == 0 {
		c.Expected, c.Same, c.Reason = row.Expected, true, row.Reason
	}
	c.Same = c.Same && row.Same
	at := slices.IndexFunc(c.Measured, func(seen counted) bool { return seen.Text == row.Result() })
	if at < 0 {
		at, c.Measured = len(c.Measured), append(c.Measured, counted{Verdict: row.Measured, Text: row.Result()})
	}
	c.Measured[at].Rows++
}
