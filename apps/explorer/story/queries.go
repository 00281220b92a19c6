package story

import (
	"fmt"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/internal/probe"
)

// refusals explains the response codes of DNS servers, except NXDOMAIN.
var refusals = map[string]string{
	"SERVFAIL": "the server failed to resolve the name",
	"REFUSED":  "the server does not resolve names for this client",
	"FORMERR":  "the server did not understand the query",
	"NOTIMP":   "the server does not support this kind of query",
}

// summary explains the table of queries below it. It covers only outcomes that are in the table.
func summary(resolution probe.Resolution) string {
	queries := resolution.Queries
	if len(queries) == 0 {
		return "No DNS query was sent: the Pod resolves " + resolution.Name + " by itself."
	}
	sentences := []string{fmt.Sprintf("The Pod sent %s to resolve %s.", count(len(queries)), resolution.Name)}
	if has(queries, func(query probe.Query) bool { return query.Type == "A" }) &&
		has(queries, func(query probe.Query) bool { return query.Type == "AAAA" }) {
		sentences = append(sentences, "It sends two at a time, one for IPv4 (A) and one for IPv6 (AAAA).")
	}
	if has(queries, func(query probe.Query) bool { return query.Outcome == "NXDOMAIN" }) {
		sentences = append(sentences, "NXDOMAIN means that the name does not exist; the Pod then tries the next domain of "+
			"the search list.")
	}
	for _, code := range []string{"SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"} {
		if has(queries, func(query probe.Query) bool { return query.Outcome == code }) {
			sentences = append(sentences, fmt.Sprintf("%s is a response code: %s.", code, refusals[code]))
		}
	}
	return strings.Join(append(sentences, unanswered(queries)...), " ")
}

// unanswered explains the queries without an answer.
func unanswered(queries []probe.Query) []string {
	silent, retries := 0, 0
	for _, query := range queries {
		if !query.Answered {
			silent++
		}
		if query.Retry {
			retries++
		}
	}
	var sentences []string
	switch {
	case silent == len(queries):
		sentences = append(sentences, "No DNS server answered any of them: the packets were dropped or rejected on the "+
			"way, or the server is down.")
	case silent > 0:
		sentences = append(sentences, fmt.Sprintf("No DNS server answered %d of them.", silent))
	}
	if has(queries, func(query probe.Query) bool { return query.Outcome == "no answer (rejected)" }) {
		sentences = append(sentences, "Rejected means that an ICMP message came back instead of a DNS response.")
	}
	if retries > 0 {
		sentences = append(sentences, "A query without an answer is sent again, which is marked as a retry.")
	}
	return sentences
}

func has(queries []probe.Query, is func(probe.Query) bool) bool {
	return slices.ContainsFunc(queries, is)
}

// count returns "1 DNS query" or "8 DNS queries".
func count(queries int) string {
	if queries == 1 {
		return "1 DNS query"
	}
	return fmt.Sprintf("%d DNS queries", queries)
}
