package calls

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/probe"
)

const (
	// recent is how many measurements form a call's median: those of 15 s while somebody views the calls.
	recent = 5
	// disturbedBy is the factor by which a measurement exceeds its median on a machine that is busy with other work.
	disturbedBy = 2
	// minCompared is how many calls with a median are needed to distinguish a busy machine from a call that became slow.
	minCompared = 3
)

// Times holds the durations of the parts of a call, in milliseconds, as the calling Pod measured them. A part that the
// call does not have is 0.
type Times struct {
	DNS    float64 `json:"dns"`
	TCP    float64 `json:"tcp"`
	Answer float64 `json:"answer"`
	// Measurements is the number of measurements behind the median; 0 if there is none.
	Measurements int `json:"measurements"`
}

// TimesOf returns the times of one measurement.
func TimesOf(measured probe.Measurement) Times {
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

// Total returns the time of the whole call, rounded to microseconds: the sum of the parts may be 17.194000000000003.
func (t Times) Total() float64 { return math.Round((t.DNS+t.TCP+t.Answer)*1000) / 1000 }

// String returns the sum, such as "DNS 1.60 + TCP 0.30 + answer 0.40 = 2.30 ms". The parts are rounded so that they add
// up.
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

// history holds the last undisturbed measurements of a call, the oldest first.
type history []Times

func (h history) add(times Times) history {
	return append(h[max(0, len(h)-recent+1):len(h):len(h)], times)
}

// median returns the middle measurement, so that its parts belong together; the zero Times if there is none.
func (h history) median() Times {
	if len(h) == 0 {
		return Times{}
	}
	sorted := slices.SortedFunc(slices.Values(h), func(a, b Times) int { return cmp.Compare(a.Total(), b.Total()) })
	middle := sorted[(len(sorted)-1)/2]
	middle.Measurements = len(h)
	return middle
}

// disturbed reports whether more than half of the calls of a round took more than twice their median. Then the machine
// was busy with other work, and the times do not describe the network. A single slow call does not count as a
// disturbance.
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
	return compared >= minCompared && 2*slow > compared
}
