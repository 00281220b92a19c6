package probe

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// allowlist is what a probe may connect to. Targets match literally: the same host name in capital letters or with a dot at
// its end is another target.
type allowlist struct {
	targets []contract.Target
	// pods are the schemes and ports that are allowed for the addresses of podSets, which are keyed by host.
	pods    []contract.Target
	podSets map[string]*podSet
}

func newAllowlist(declared contract.Allowlist[string]) (*allowlist, error) {
	targets, err := contract.ParseTargets(declared.Targets)
	if err != nil {
		return nil, err
	}
	pods, err := contract.ParseTargets(declared.Pods)
	if err != nil {
		return nil, err
	}
	a := &allowlist{targets: targets, pods: pods, podSets: map[string]*podSet{}}
	for _, entry := range pods {
		a.podSets[entry.Host] = &podSet{lookup: func(ctx context.Context) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", entry.Host)
		}}
	}
	return a, nil
}

// check returns nil if the target is allowed, a 403 if it is not, and a 503 if the Pods cannot be looked up.
func (a *allowlist) check(ctx context.Context, target contract.Target) error {
	if slices.Contains(a.targets, target) {
		return nil
	}
	address, err := netip.ParseAddr(target.Host)
	if err != nil {
		return undeclared(target.String())
	}
	for _, entry := range a.pods {
		if entry.Scheme != target.Scheme || entry.Port != target.Port {
			continue
		}
		pods, err := a.podSets[entry.Host].addresses(ctx)
		if slices.Contains(pods, address) {
			return nil
		}
		if err != nil {
			// Without a cause, which would be logged: a lab denies DNS to this Pod for a long time.
			return problem.New(http.StatusServiceUnavailable, "This Pod only measures Pods of the demo, and cannot check whether %s is one. %s",
				address, failure.Of(err).Detail)
		}
	}
	return undeclared(target.String())
}

// checkName returns nil if the name is a form of an allowed host, and a 403 otherwise.
func (a *allowlist) checkName(name, clusterDomain string) error {
	bare := strings.TrimSuffix(name, ".")
	for _, target := range a.targets {
		if slices.Contains(forms(target.Host, clusterDomain), bare) {
			return nil
		}
	}
	return undeclared(name)
}

// forms returns the ways to write the name of a Service, <name>.<namespace>.svc, from the short name to the full one. Any
// other host has one form.
func forms(host, clusterDomain string) []string {
	labels := strings.Split(host, ".")
	if len(labels) != 3 || labels[2] != "svc" {
		return []string{host}
	}
	all := []string{labels[0], labels[0] + "." + labels[1], host}
	if clusterDomain != "" {
		all = append(all, host+"."+clusterDomain)
	}
	return all
}

func undeclared(what string) error {
	return problem.New(http.StatusForbidden, "%s is not a target of this Pod, which only measures declared targets and Pods of the demo.", what)
}
