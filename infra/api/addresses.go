package api

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// anyNode is NodeAddress' result if the kubeconfig's user may not read the nodes.
const anyNode = "<address of any node>"

// APIServers returns the endpoints of the Service kubernetes. A NetworkPolicy has to allow these, because it sees a
// Pod's connection to the API server after the Service's address has been translated.
func (s *Server) APIServers(ctx context.Context) ([]netip.AddrPort, error) {
	var slices struct {
		Items []struct {
			Endpoints []struct{ Addresses []netip.Addr }
			Ports     []struct{ Port uint16 }
		}
	}
	// All EndpointSlices of a Service have this label, see
	// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/.
	const path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices" +
		"?labelSelector=kubernetes.io/service-name%3Dkubernetes"
	if err := s.Get(ctx, path, &slices); err != nil {
		return nil, fmt.Errorf("read the endpoints of the API server: %w", err)
	}
	var found []netip.AddrPort
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				for _, port := range slice.Ports {
					found = append(found, netip.AddrPortFrom(address, port.Port))
				}
			}
		}
	}
	if len(found) == 0 {
		return nil, errors.New("read the endpoints of the API server: the Service kubernetes of the namespace default " +
			"has none")
	}
	return found, nil
}

// nodes is a list of nodes with their addresses.
type nodes struct {
	Items []struct {
		Status struct {
			Addresses  []struct{ Type, Address string }
			Conditions []struct{ Type, Status string }
		}
	}
}

// NodeAddress returns an address of a ready node for NodePorts: an external one if there is any, or an internal one. It
// returns "<address of any node>" if the kubeconfig's user may not read the nodes.
func (s *Server) NodeAddress(ctx context.Context) (string, error) {
	var list nodes
	// Any node will do. The limit saves a large cluster from listing all of them.
	err := s.Get(ctx, "/api/v1/nodes?limit=100", &list)
	if errors.Is(err, ErrForbidden) {
		return anyNode, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the addresses of the nodes: %w", err)
	}
	for _, kind := range []string{"ExternalIP", "InternalIP"} {
		if address, found := list.readyAddress(kind); found {
			return address, nil
		}
	}
	return "", fmt.Errorf("read the addresses of the nodes: none of %d nodes is ready and has an address", len(list.Items))
}

// readyAddress returns the first address of this kind of a ready node.
func (n nodes) readyAddress(kind string) (address string, found bool) {
	for _, node := range n.Items {
		ready := false
		for _, condition := range node.Status.Conditions {
			ready = ready || condition.Type == "Ready" && condition.Status == "True"
		}
		for _, candidate := range node.Status.Addresses {
			if ready && candidate.Type == kind {
				return candidate.Address, true
			}
		}
	}
	return "", false
}
