package api

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const (
	slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dkubernetes"
	nodesPath  = "/api/v1/nodes?limit=100"
)

// connected returns a client of a cluster, with the credentials of ada.
func connected(t *testing.T, known answers) *Server {
	t.Helper()
	cluster, err := Connect(writeKubeconfig(t, server(t, known), ada), "")
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func TestAPIServersAreThoseBehindTheService(t *testing.T) {
	cluster := connected(t, answers{slicesPath: `{"items": [
		{"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.2"]}, {"addresses": ["10.0.0.3"]}], "ports": [{"name": "https", "port": 6443}]},
		{"addressType": "IPv6", "endpoints": [{"addresses": ["fd00::2"]}], "ports": [{"name": "https", "port": 6443}]}]}`})
	want := []netip.AddrPort{
		netip.MustParseAddrPort("10.0.0.2:6443"), netip.MustParseAddrPort("10.0.0.3:6443"), netip.MustParseAddrPort("[fd00::2]:6443"),
	}
	if got, err := cluster.APIServers(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("the API servers are %v (%v), want %v", got, err, want)
	}
}

func TestTheErrorOfAPIServersIsTheCause(t *testing.T) {
	for _, c := range []struct {
		name  string
		known answers
		want  string
	}{
		{"no slices", answers{slicesPath: `{"items": []}`}, "the Service kubernetes of the namespace default has none"},
		{"slice without endpoints", answers{slicesPath: `{"items": [{"endpoints": [], "ports": [{"port": 6443}]}]}`}, "has none"},
		{"not allowed", nil, `not allowed: User "ada" cannot get /apis/discovery.k8s.io/v1`},
		{"host name", answers{slicesPath: `{"items": [{"endpoints": [{"addresses": ["api.test"]}]}]}`}, "read the response of the API server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := connected(t, c.known).APIServers(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "read the endpoints of the API server: ") {
				t.Errorf("got %v and the error %v, want %q in it", got, err, c.want)
			}
			if errors.Is(err, ErrForbidden) != (c.name == "not allowed") {
				t.Errorf("is %v ErrForbidden? %t", err, errors.Is(err, ErrForbidden))
			}
		})
	}
}

func TestNodeAddressIsThatOfAReadyNode(t *testing.T) {
	node := func(ready, addresses string) string {
		return `{"status": {"addresses": [` + addresses + `], "conditions": [{"type": "MemoryPressure", "status": "True"},
			{"type": "Ready", "status": "` + ready + `"}]}}`
	}
	const (
		internal1 = `{"type": "Hostname", "address": "one"}, {"type": "InternalIP", "address": "10.0.0.1"}`
		internal2 = `{"type": "InternalIP", "address": "10.0.0.2"}`
		external1 = internal1 + `, {"type": "ExternalIP", "address": "192.0.2.1"}`
		external2 = internal2 + `, {"type": "ExternalIP", "address": "192.0.2.2"}`
	)
	for _, c := range []struct {
		name  string
		nodes []string
		want  string
	}{
		{"internal address only", []string{node("True", internal1)}, "10.0.0.1"},
		{"external before internal, also of another node", []string{node("True", internal1), node("True", external2)}, "192.0.2.2"},
		{"first node not ready", []string{node("False", external1), node("True", internal2)}, "10.0.0.2"},
		{"state of the first node unknown", []string{node("Unknown", external1), node("True", external2)}, "192.0.2.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := connected(t, answers{nodesPath: `{"items": [` + strings.Join(c.nodes, ",") + `]}`})
			if got, err := cluster.NodeAddress(t.Context()); err != nil || got != c.want {
				t.Errorf("the address is %q (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestNodeAddressWithoutAReadyNode(t *testing.T) {
	_, err := connected(t, answers{nodesPath: `{"items": [{"status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}}]}`}).
		NodeAddress(t.Context())
	if want := "read the addresses of the nodes: none of 1 nodes is ready and has an address"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// TestNodeAddressIsLeftOpenToAUserOfOneNamespace: a user who may not read nodes can still deploy.
func TestNodeAddressIsLeftOpenToAUserOfOneNamespace(t *testing.T) {
	if got, err := connected(t, nil).NodeAddress(t.Context()); err != nil || got != anyNode {
		t.Errorf("the address is %q (%v), want %s", got, err, anyNode)
	}
}
