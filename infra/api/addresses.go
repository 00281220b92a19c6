package api

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// AnyNode stands for the address of a node where the kubeconfig's user may not read the nodes.
const AnyNode = "<address of any node>"

// APIServers returns the addresses and ports that the Service kubernetes leads to: what a Pod's connection to the API
// server looks like to a NetworkPolicy, which sees it after the Service's address has been translated.
func (s *Server) APIServers(ctx context.Context) ([]netip.AddrPort, error) {
	var slices struct {
		Items []struct {
			Endpoints []struct{ Addresses []netip.Addr }
			Ports     []struct{ Port uint16 }
		}
	}
	// All slices of a Service carry this label, see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/.
	const path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dkubernetes"
	if err := s.get(ctx, path, &slices); err != nil {
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
		return nil, errors.New("read the endpoints of the API server: the Service kubernetes in the namespace default has none")
	}
	return found, nil
}

// nodes is the part of a list of nodes that leads to their addresses.
type nodes struct {
	Items []struct {
		Status struct {
			Addresses  []struct{ Type, Address string }
			Conditions []struct{ Type, Status string }
		}
	}
}

// NodeAddress returns an address at which NodePorts answer: the external address of a node that is ready, or else an
// internal one. It is AnyNode where the kubeconfig's user may not read the nodes.
func (s *Server) NodeAddress(ctx context.Context) (string, error) {
	var list nodes
	// Any node will do, so a large cluster does not have to list all of them.
	err := s.get(ctx, "/api/v1/nodes?limit=100", &list)
	if errors.Is(err, ErrForbidden) {
		return AnyNode, nil
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

// readyAddress is the first address of this kind of a node that is ready.
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
