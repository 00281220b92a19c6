package probe

import (
	"os"
	"strconv"
	"strings"
)

// maxNdots is what resolvers take a higher number for, resolv.conf(5).
const maxNdots = 15

// readResolver reads a resolv.conf. Of a file that cannot be read there is nothing to tell, and a program that resolves
// a name goes on without it as well.
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
		case "domain", "search": // the last one counts
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

// ClusterDomain is what stands behind svc in the full name of every Service, empty where there is no cluster.
func (r Resolver) ClusterDomain() string {
	for _, domain := range r.Search {
		if rest, found := strings.CutPrefix(domain, "svc."); found {
			return strings.TrimSuffix(rest, ".")
		}
	}
	return ""
}
