package service

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// matrixTimeout bounds a whole round. With three Pods per service it takes about two seconds, the timeout of a denied
// connection.
const matrixTimeout = 30 * time.Second

// matrixPage is a matrix as a table, with a column for each measuring node, and a line for each group of targets.
type matrixPage struct {
	matrix.Matrix
	Columns []string
	Lines   []line
	// Rows are all connections.
	Rows []matrixRow
	// Different are the differences from the expectation. The page shows the first three, and hides More until they are
	// opened: a workload that fails has hundreds, and the table would be far below them.
	Different, More []difference
	// HasCommand is true if one of them has a command.
	HasCommand bool
}

// matrixRow is a row with its id in the list of all connections.
type matrixRow struct {
	matrix.Row
	ID string
	// Times are the times on the map; zero for a connection that the map does not measure.
	Times calls.Times
}

// difference is a row that differs from the expectation.
type difference struct {
	matrix.Row
	// Alike is the number of other rows in the same cell of the table with the same result and cause.
	Alike int
}

// shownDifferences is the number of differences that fit on two screens of a phone.
const shownDifferences = 3

// line is a line of the table: one kind of connection to one target. First marks the first line of a target.
type line struct {
	Group, Target, Way string
	First              bool
	// Cells are in the order of the columns. A cell is empty if nothing was measured.
	Cells []cell
}

// cell combines all connections from the Pods of a node to the targets of a group.
type cell struct {
	Expected matrix.Verdict
	// Measured holds each verdict once, with the number of its rows.
	Measured []counted
	Same     bool
	// Reason is the reason of the first row; the reasons of other rows differ only in the names of Pods. Brief explains
	// why either verdict is right.
	Reason, Brief string
	// Link leads to the story of the connection, or to its rows if it has no story.
	Link  string
	Times calls.Times
}

type counted struct {
	Verdict matrix.Verdict
	// Text is the verdict in words, and Mark its sign.
	Text, Mark string
	Rows       int
}

func (s *site) showMatrix(w http.ResponseWriter, r *http.Request) error {
	measured, err := s.measure(w, r)
	if err != nil {
		return err
	}
	return s.pages.show(w, http.StatusOK, "matrix",
		page{Title: "Matrix", Section: "Matrix", Content: s.tabulate(measured)})
}

func (s *site) matrixJSON(w http.ResponseWriter, r *http.Request) error {
	measured, err := s.measure(w, r)
	if err != nil {
		return err
	}
	return answer(w, measured)
}

func (s *site) measure(w http.ResponseWriter, r *http.Request) (matrix.Matrix, error) {
	ctx, cancel, err := s.matrixLimiter.begin(w, r, matrixTimeout)
	if err != nil {
		return matrix.Matrix{}, err
	}
	defer cancel()
	measured, err := s.Prover.Measure(ctx)
	measured.Lab = s.Cluster.Network().Lab
	for i, row := range measured.Rows {
		// A round measures many connections at once, so the times of the map are more precise.
		if times := s.times(row); times.Measurements > 0 {
			measured.Rows[i].Milliseconds = times.Total()
		}
	}
	return measured, err
}

// tabulate combines the rows of a matrix into a table. Lines of the same target are adjacent.
func (s *site) tabulate(measured matrix.Matrix) matrixPage {
	shown := matrixPage{Matrix: measured}
	lines := map[string]*line{}
	var targets []string
	for i, row := range measured.Rows {
		if !slices.Contains(shown.Columns, row.From) {
			shown.Columns = append(shown.Columns, row.From)
		}
		target, way := s.target(row)
		if !slices.Contains(targets, target) {
			targets = append(targets, target)
		}
		if lines[row.Group] == nil {
			lines[row.Group] = &line{Group: row.Group, Target: target, Way: way}
			shown.Lines = append(shown.Lines, line{Group: row.Group, Target: target})
		}
		shown.Rows = append(shown.Rows, matrixRow{row, fmt.Sprintf("row-%d", i+1), s.times(row)})
		if !row.Same {
			shown.Different = addDifference(shown.Different, row)
			shown.HasCommand = shown.HasCommand || row.Command != ""
		}
	}
	for _, row := range shown.Rows {
		one := lines[row.Group]
		if one.Cells == nil {
			one.Cells = make([]cell, len(shown.Columns))
		}
		one.Cells[slices.Index(shown.Columns, row.From)].add(row, s.story(row.Row))
	}
	if len(shown.Different) > shownDifferences {
		shown.Different, shown.More = shown.Different[:shownDifferences], shown.Different[shownDifferences:]
	}
	slices.SortStableFunc(shown.Lines, func(a, b line) int {
		return cmp.Compare(slices.Index(targets, a.Target), slices.Index(targets, b.Target))
	})
	for i := range shown.Lines {
		first := i == 0 || shown.Lines[i-1].Target != shown.Lines[i].Target
		shown.Lines[i] = *lines[shown.Lines[i].Group]
		shown.Lines[i].First = first
	}
	return shown
}

// addDifference adds a row to the difference that is like it, or as a new one.
func addDifference(all []difference, row matrix.Row) []difference {
	for i, one := range all {
		if one.From == row.From && one.Group == row.Group && one.Result() == row.Result() && one.Code == row.Code &&
			one.Cause == row.Cause {
			all[i].Alike++
			return all
		}
	}
	return append(all, difference{Row: row})
}

// target returns the node to which a row connects, and how.
func (s *site) target(row matrix.Row) (target, way string) {
	switch {
	case row.FromPod != "" && row.ToPod == row.FromPod && row.Kind == matrix.Pod:
		return "each Pod", "itself"
	case row.Kind == matrix.Service:
		return row.To, "Service"
	case row.Kind == matrix.Pod:
		return row.To, "Pods"
	case row.Kind == matrix.External:
		return row.To, "outside"
	case row.Kind == matrix.Localhost:
		return "probe", "localhost"
	}
	switch node, _ := s.Topology.Node(row.To); node.Kind {
	case contract.ServiceNode, contract.ExplorerNode:
		return row.To, "probe port"
	}
	return row.To, "Pods"
}

// story returns the path of the story of a row's connection; "" if it has none.
func (s *site) story(row matrix.Row) string {
	from, _ := s.Topology.Node(row.From)
	_, way := s.target(row)
	switch {
	case row.Kind == matrix.Localhost && from.Kind == contract.ExplorerNode:
		return "/localhost"
	case way == "Service" || way == "Pods" || way == "outside":
		return "/calls/" + row.From + "/" + row.To
	}
	return ""
}

// times returns the times that the map shows for a row's connection.
func (s *site) times(row matrix.Row) calls.Times {
	if call := s.onMap(row.From, row.To); call != nil && (row.Kind == matrix.Service || row.Kind == matrix.External) &&
		row.Measured == matrix.Allowed {
		return call.Times
	}
	return calls.Times{}
}

func (c *cell) add(row matrixRow, story string) {
	if len(c.Measured) == 0 {
		c.Expected, c.Same, c.Reason, c.Link, c.Times = row.Expected, true, row.Reason, cmp.Or(story, "#"+row.ID), row.Times
		c.Brief = brief(row.Row)
	}
	c.Same = c.Same && row.Same
	at := slices.IndexFunc(c.Measured, func(seen counted) bool { return seen.Text == row.Result() })
	if at < 0 {
		at, c.Measured = len(c.Measured), append(c.Measured,
			counted{Verdict: row.Measured, Text: row.Result(), Mark: marks[row.Measured]})
	}
	c.Measured[at].Rows++
}

// marks holds the signs of the verdicts, which distinguish them without colour.
var marks = map[matrix.Verdict]string{matrix.Allowed: "✓", matrix.Denied: "✕", matrix.Unanswered: "!", matrix.Unmeasured: "?"}

// brief returns why either verdict is right for a row; "" if only one is.
func brief(row matrix.Row) string {
	switch {
	case row.Expected != matrix.Either:
		return ""
	case row.Kind == matrix.Service:
		return "either is right: the Service may select the calling Pod"
	case row.To == contract.APIServerHost:
		return "either is right: it may run on the Pod's own node"
	}
	return "either is right: the port is open for another server"
}
