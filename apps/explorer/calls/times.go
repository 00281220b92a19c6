package calls

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/measure"
)

const (
	// recent is how many measurements a call's time is the median of: 15 s while somebody looks.
	recent = 5
	// disturbedBy is how many times its median a measurement takes on a machine that is busy with something else.
	disturbedBy = 2
	// fewest is how many calls with a median it takes to tell a busy machine from a call that has become slow.
	fewest = 3
)

// Times are how long the parts of a call took, in milliseconds, as the Pod that made it measured them. A part that the call
// does not have is 0.
type Times struct {
	DNS    float64 `json:"dns"`
	TCP    float64 `json:"tcp"`
	Answer float64 `json:"answer"`
	// Measurements is how many measurements these are the median of; 0 if there is none.
	Measurements int `json:"measurements"`
}

// TimesOf are those of one measurement.
func TimesOf(measured measure.Measurement) Times {
	times := Times{Measurements: 1}
	if measured.Resolution != nil {
		times.DNS = measured.Resolution.Milliseconds
	}
	if measured.Connection != nil {
		times.TCP = measured.Connection.Milliseconds
	}
	if measured.Answer != nil {
		times.Answer = measured.Answer.Milliseconds
	}
	return times
}

// Total is the time of the whole call, in whole microseconds as its parts: their sum as a float64 may be 17.194000000000003.
func (t Times) Total() float64 { return math.Round((t.DNS+t.TCP+t.Answer)*1000) / 1000 }

// String is the sum, such as "DNS 1.60 + TCP 0.30 + answer 0.40 = 2.30 ms". The parts are rounded so that they add up.
func (t Times) String() string {
	parts := []float64{t.DNS, t.TCP, t.Answer}
	digits := prose.Decimals(t.Total())
	scale := math.Pow10(digits)
	rest := math.Round(t.Total() * scale)
	for i := range parts {
		parts[i] = math.Round(parts[i] * scale)
		rest -= parts[i]
	}
	largest := slices.Index(parts, slices.Max(parts))
	parts[largest] += rest
	var terms []string
	for i, name := range []string{"DNS", "TCP", "answer"} {
		if parts[i] > 0 {
			terms = append(terms, fmt.Sprintf("%s %.*f", name, digits, parts[i]/scale))
		}
	}
	return strings.Join(terms, " + ") + " = " + prose.Milliseconds(t.Total())
}

// history are the last undisturbed measurements of a call, the oldest first.
type history []Times

func (h history) add(times Times) history {
	return append(h[max(0, len(h)-recent+1):len(h):len(h)], times)
}

// median is the measurement in the middle, so that its parts belong together; the zero Times if there is none.
func (h history) median() Times {
	if len(h) == 0 {
		return Times{}
	}
	sorted := slices.SortedFunc(slices.Values(h), func(a, b Times) int { return cmp.Compare(a.Total(), b.Total()) })
	middle := sorted[(len(sorted)-1)/2]
	middle.Measurements = len(h)
	return middle
}

// disturbed reports whether more than half of the calls of a round took over twice their median: then the machine was busy
// with something else, and the times say nothing about the network. A single call that takes longer is news.
func disturbed(round []Times, before []history) bool {
	compared, slow := 0, 0
	for i, times := range round {
		if usual := before[i].median(); times.Measurements > 0 && usual.Measurements > 0 {
			compared++
			if times.Total() > disturbedBy*usual.Total() {
				slow++
			}
		}
	}
	return compared >= fewest && 2*slow > compared
}
