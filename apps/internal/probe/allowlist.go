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

// reach is what may be measured. A target is compared as it is written, with its scheme, host and port: a name in capital
// letters or with the root's dot leads to the same host, and is another target all the same.
type allowlist struct {
	targets []contract.Target
	// pods are the ports at which every address of the roll may be measured. Their host is the roll's.
	pods  []contract.Target
	rolls map[string]*roll
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
	r := &allowlist{targets: targets, pods: pods, rolls: map[string]*roll{}}
	for _, entry := range pods {
		r.rolls[entry.Host] = &roll{lookup: func(ctx context.Context) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", entry.Host)
		}}
	}
	return r, nil
}

// check returns why a target may not be measured: a 403 if it is not declared, a 503 if nobody can tell now.
func (r *allowlist) check(ctx context.Context, target contract.Target) error {
	if slices.Contains(r.targets, target) {
		return nil
	}
	address, err := netip.ParseAddr(target.Host)
	if err != nil {
		return undeclared(target.String())
	}
	for _, entry := range r.pods {
		if entry.Scheme != target.Scheme || entry.Port != target.Port {
			continue
		}
		pods, err := r.rolls[entry.Host].addresses(ctx)
		if slices.Contains(pods, address) {
			return nil
		}
		if err != nil {
			// Without the cause, which would be logged: DNS does not answer for as long as a lab denies it to this Pod.
			return problem.New(http.StatusServiceUnavailable, "This Pod measures Pods of the demo alone, and cannot look up whether %s is one. %s",
				address, failure.Of(err).Detail)
		}
	}
	return undeclared(target.String())
}

// checkName returns why a name may not be resolved. Every form may in which the host of a target can be written.
func (r *allowlist) checkName(name, clusterDomain string) error {
	bare := strings.TrimSuffix(name, ".")
	for _, target := range r.targets {
		if slices.Contains(forms(target.Host, clusterDomain), bare) {
			return nil
		}
	}
	return undeclared(name)
}

// forms are the ways to write the name of a Service, <name>.<namespace>.svc, from the short one to the full one. Another
// host has one.
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
	return problem.New(http.StatusForbidden, "%s is not a target of this Pod, which measures declared targets and Pods of the demo alone.", what)
}
