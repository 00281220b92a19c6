package probe

import (
	"os"
	"strconv"
	"strings"
)

// maxNdots is the highest value of ndots; resolvers cap higher ones, see resolv.conf(5).
const maxNdots = 15

// readResolver reads a resolv.conf. It returns the defaults if the file cannot be read, as resolvers do.
func readResolver(path string) Resolver {
	resolver := Resolver{Nameservers: []string{}, Search: []string{}, Ndots: 1}
	content, _ := os.ReadFile(path)
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "nameserver":
			resolver.Nameservers = append(resolver.Nameservers, fields[1])
		case "domain", "search": // the last line wins
			resolver.Search = fields[1:]
		case "options":
			resolver.readOptions(fields[1:])
		}
	}
	return resolver
}

func (r *Resolver) readOptions(options []string) {
	for _, option := range options {
		value, found := strings.CutPrefix(option, "ndots:")
		if number, err := strconv.Atoi(value); found && err == nil {
			r.Ndots = min(max(number, 0), maxNdots)
		}
	}
}

// ClusterDomain returns the domain after svc in the full name of a Service, such as cluster.local; empty outside a cluster.
func (r Resolver) ClusterDomain() string {
	for _, domain := range r.Search {
		if rest, found := strings.CutPrefix(domain, "svc."); found {
			return strings.TrimSuffix(rest, ".")
		}
	}
	return ""
}
