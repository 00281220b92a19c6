package story

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/probe"
)

// queries returns a query for IPv4 and one for IPv6 with this outcome.
func queries(outcome string, answered bool) []probe.Query {
	return []probe.Query{{Type: "A", Outcome: outcome, Answered: answered}, {Type: "AAAA", Outcome: outcome, Answered: answered}}
}

func retried(outcome string) []probe.Query {
	again := queries(outcome, false)
	again[0].Retry, again[1].Retry = true, true
	return append(queries(outcome, false), again...)
}

func TestTheSummaryCoversOnlyTheQueriesSent(t *testing.T) {
	all := []string{"NXDOMAIN", "REFUSED", "SERVFAIL", "No DNS server answered", "ICMP", "retry", "AAAA"}
	for name, test := range map[string]struct {
		queries []probe.Query
		words   []string
	}{
		"found at the second try": {append(queries("NXDOMAIN", true), queries("NOERROR", true)...), []string{"4 DNS queries", "NXDOMAIN", "AAAA"}},
		"found at once":           {queries("NOERROR", true), []string{"2 DNS queries", "AAAA"}},
		"rejected":                {retried("no answer (rejected)"), []string{"No DNS server answered", "ICMP", "retry", "AAAA"}},
		"dropped":                 {queries("no answer in 2 s", false), []string{"No DNS server answered", "AAAA"}},
		"refused by the server":   {queries("REFUSED", true), []string{"REFUSED", "AAAA"}},
		"the server failed":       {queries("SERVFAIL", true)[:1], []string{"1 DNS query ", "SERVFAIL"}},
		"one of two lost":         {append(queries("NOERROR", true)[:1], queries("no answer in 2 s", false)[1]), []string{"No DNS server answered 1", "AAAA"}},
		"none":                    {nil, []string{"No DNS query"}},
	} {
		text := summary(probe.Resolution{Name: "products.demo.svc", Queries: test.queries})
		for _, want := range test.words {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q lacks %q", name, text, want)
			}
		}
		for _, other := range all {
			wanted := strings.Contains(strings.Join(test.words, "\n"), other)
			if !wanted && strings.Contains(text, other) {
				t.Errorf("%s: %q contains %q", name, text, other)
			}
		}
	}
}
