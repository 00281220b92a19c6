package story

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// variable returns the step of the variable that holds the server's URL.
func (r request) variable() Step {
	if r.declared.Variable == "" {
		return r.undeclared()
	}
	origin := "The Pulumi program derives it from the Service. The variable declares the call."
	if r.to.Kind == contract.ExternalNode { // the address is configured, or the same in every cluster
		origin = "The Pulumi program does not create that server, but the variable declares the call."
	}
	value := fmt.Sprintf(`{.spec.template.spec.containers[*].env[?(@.name=="%s")].value}{"\n"}`, r.declared.Variable)
	return Step{
		ID: "variable", Title: "The caller has a name",
		Text: fmt.Sprintf("The Pods of %s have the address of %s in an environment variable. %s",
			r.from.Name, r.to.Name, origin),
		Facts: []Fact{
			{"Variable", r.declared.Variable},
			{"Host", r.target.Host},
			{"Port", portText(r.target.Port)},
			{"Called from the Pod", r.source.Pod.Name},
		},
		Commands: []Command{r.kubectl("get %s -o jsonpath='%s'", object(r.seen, r.from.Workload), value)},
	}
}

// undeclared replaces variable in the story of an undeclared call.
func (r request) undeclared() Step {
	return Step{
		ID: "undeclared", Title: "No call is declared",
		Text: fmt.Sprintf("The Pods of %s have no variable with the address of %s, and no network policy has a rule for "+
			"this connection. The Pod connects anyway, as a compromised program would.", r.from.Name, r.to.Name),
		Facts: []Fact{{"URL", r.to.URL}, {"Called from the Pod", r.source.Pod.Name}},
		Commands: []Command{
			r.kubectl(`get %s -o jsonpath='{range .spec.template.spec.containers[*].env[*]}{.name}{"\n"}{end}'`, object(r.seen, r.from.Workload)),
		},
	}
}

// resolver returns the step of the Pod's resolver configuration.
func (r request) resolver() Step {
	resolver := r.measured.Resolution.Resolver
	step := Step{
		ID: "resolver", Title: "The Pod's resolv.conf names the DNS server",
		Text: fmt.Sprintf("The kubelet writes /etc/resolv.conf into every Pod. A name with fewer than %d dots (ndots) is "+
			"first tried with each domain of the search list appended, in order, and then as it is. A name that ends with a "+
			"dot, the root, is tried only as it is. %s has %s.", resolver.Ndots, r.target.Host, prose.Count(strings.Count(r.target.Host, "."), "dot")),
		Facts: []Fact{
			{"nameserver", strings.Join(resolver.Nameservers, " ")},
			{"search", strings.Join(resolver.Search, " ")},
			{"ndots", portText(resolver.Ndots)},
		},
		Commands: []Command{{Text: "kubectl -n kube-system get service kube-dns", Note: "The nameserver is the ClusterIP of this Service:"}},
	}
	if pod, found := databasePod(r.seen, r.topology); found {
		show := r.kubectl("exec %s -- cat /etc/resolv.conf", pod).noted("It is the same in every Pod of the namespace:")
		step.Commands = append([]Command{show}, step.Commands...)
	}
	return step
}

// queries returns the step of the DNS queries.
func (r request) queries() Step {
	resolution := r.measured.Resolution
	return Step{
		ID: "queries", Title: "The Pod sends DNS queries",
		Text:         summary(*resolution),
		Facts:        []Fact{{"Name", resolution.Name}, {"Addresses", addresses(resolution.Addresses)}},
		Queries:      resolution.Queries,
		Milliseconds: resolution.Milliseconds,
		Commands:     r.measureCommand("/resolution?name=" + resolution.Name),
	}
}

func addresses(all []netip.Addr) string {
	if len(all) == 0 {
		return "none"
	}
	var texts []string
	for _, address := range all {
		texts = append(texts, address.String())
	}
	return strings.Join(texts, ", ")
}

// names resolves every form of the server's name from inside the Pod.
func (b *Builder) names(ctx context.Context, r request) []Name {
	names := forms(r.target.Host, r.measured.Resolution.Resolver)
	var group sync.WaitGroup
	for i := range names {
		name := &names[i]
		group.Go(func() {
			written := name.Resolution.Name
			resolution, err := b.agents.Resolve(ctx, r.source, written)
			if err != nil {
				name.Problem = err.Error()
				return
			}
			name.Resolution = resolution
		})
	}
	group.Wait()
	return names
}

// forms returns the forms of a Service's name, <service>.<namespace>.svc. It returns none for other names.
func forms(host string, resolver probe.Resolver) []Name {
	form := func(form, name string) Name { return Name{Form: form, Resolution: probe.Resolution{Name: name}} }
	parts := strings.Split(host, ".")
	if len(parts) != 3 || parts[2] != "svc" {
		return []Name{}
	}
	names := []Name{
		form("short name", parts[0]),
		form("name.namespace", parts[0]+"."+parts[1]),
		form("name.namespace.svc, as in the demo", host),
	}
	if domain := resolver.ClusterDomain(); domain != "" {
		full := host + "." + domain
		names = append(names, form("full name", full), form("full name with the root's dot", full+"."))
	}
	return names
}
