package service

import (
	"context"
	"net/http"
	"slices"
	"time"

	"example.com/kubernetes-networking/apps/explorer/matrix"
)

// matrixTimeout is for a whole round. With three Pods a service it takes about two seconds, which is how long a denied
// connection waits.
const matrixTimeout = 30 * time.Second

// matrixPage is a matrix as a table: a column for each Pod that measured, a row for each target.
type matrixPage struct {
	matrix.Matrix
	Sources []measuringPod
	Targets []target
}

type measuringPod struct{ From, Pod string }

type target struct {
	To, Kind, Target, Pod string
	// Cells are in the order of the sources; the zero Row is for what was not measured from there.
	Cells []matrix.Row
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
	if err := s.matrices.take(w); err != nil {
		return matrix.Matrix{}, err
	}
	if err := extend(w, matrixTimeout+slowest); err != nil {
		return matrix.Matrix{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), matrixTimeout)
	defer cancel()
	return s.Prover.Measure(ctx)
}

// tabulate puts the rows of a matrix, which are single connections, beside each other.
func tabulate(measured matrix.Matrix) matrixPage {
	shown := matrixPage{Matrix: measured}
	columns, rows := map[measuringPod]int{}, map[[4]string]int{}
	for _, row := range measured.Rows {
		source := measuringPod{row.From, row.FromPod}
		if _, known := columns[source]; !known {
			columns[source] = len(shown.Sources)
			shown.Sources = append(shown.Sources, source)
		}
		key := [4]string{row.To, row.Kind, row.Target, row.ToPod}
		if _, known := rows[key]; !known {
			rows[key] = len(shown.Targets)
			shown.Targets = append(shown.Targets, target{To: row.To, Kind: row.Kind, Target: row.Target, Pod: row.ToPod})
		}
		cells := &shown.Targets[rows[key]].Cells
		*cells = slices.Grow(*cells, len(shown.Sources))
		for len(*cells) <= columns[source] {
			*cells = append(*cells, matrix.Row{})
		}
		(*cells)[columns[source]] = row
	}
	for i := range shown.Targets {
		for len(shown.Targets[i].Cells) < len(shown.Sources) {
			shown.Targets[i].Cells = append(shown.Targets[i].Cells, matrix.Row{})
		}
	}
	return shown
}
