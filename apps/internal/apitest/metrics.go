package apitest

import (
	"slices"
	"strings"
	"testing"
)

// WantMetrics checks that GET /metrics contains each of the lines, in Prometheus' text format.
func (a API) WantMetrics(t *testing.T, lines ...string) {
	t.Helper()
	got := strings.Split(a.Do(t, "GET", "/metrics", "").Text, "\n")
	for _, line := range lines {
		if !slices.Contains(got, line) {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("there is no %s\ngot %s", line, slices.DeleteFunc(slices.Clone(got), func(other string) bool {
				return !strings.HasPrefix(other, name)
			}))
		}
	}
}
