package rollout

import (
	"context"
	"slices"
	"strings"
)

// service is a Service of type LoadBalancer.
type service struct {
	Metadata metadata
	Status   struct {
		Conditions   []condition
		LoadBalancer struct {
			Ingress []struct{ IP, Hostname string }
		}
	}
}

// address returns the first address of the Service; empty for none.
func (s service) address() string {
	for _, ingress := range s.Status.LoadBalancer.Ingress {
		for _, address := range []string{ingress.IP, ingress.Hostname} {
			if address != "" {
				return address
			}
		}
	}
	return ""
}

// services returns the current Services, and sets the addresses of their workloads.
func (o *observer) services(ctx context.Context, waiting []*workload) (map[*workload]service, error) {
	current := map[*workload]service{}
	if !slices.ContainsFunc(waiting, func(w *workload) bool { return w.kind == loadBalancers }) {
		return current, nil
	}
	var found list[service]
	if err := o.cluster.Get(ctx, o.path("api/v1", "services", nil), &found); err != nil {
		return nil, err
	}
	for _, w := range waiting {
		i := slices.IndexFunc(found.Items, func(s service) bool { return s.Metadata.Name == w.name })
		if i >= 0 && w.kind == loadBalancers {
			current[w] = found.Items[i]
			w.address = found.Items[i].address()
		}
	}
	return current, nil
}

// ofService returns the problem of a Service without an address. A controller that handles the Service shows by an
// event, a finalizer or a condition: the controllers of cloud providers and MetalLB write events, and Cilium sets a
// condition.
func (o *observer) ofService(ctx context.Context, s service) (problem, error) {
	events, err := o.events(ctx, s.Metadata.UID)
	if err != nil {
		return problem{}, err
	}
	// Kubernetes itself writes events about the EndpointSlices of the Service.
	events = slices.DeleteFunc(events, func(e event) bool { return strings.Contains(e.Reason, "Endpoint") })
	if len(events) == 0 && len(s.Metadata.Finalizers) == 0 && len(s.Status.Conditions) == 0 {
		return problem{
			kind: unserved, text: "its Service has no address, and the cluster has no load balancer that handles it",
			remedy: "install a load balancer, or `pulumi config set serviceType NodePort`", passes: retried,
		}, nil
	}
	found := problem{
		kind: unaddressed, text: "its Service has no address",
		remedy: "describe service " + s.Metadata.Name, passes: addressed,
	}
	for _, c := range s.Status.Conditions {
		if c.Status == "False" && c.Message != "" {
			found.text, found.passes = "its Service has no address: "+line(c.Message), retried
		}
	}
	if last := len(events) - 1; last >= 0 {
		found.text = "its Service has no address: " + line(events[last].Message)
		if events[last].Type == "Warning" {
			found.passes = retried
		}
	}
	return found, nil
}
