package topology

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

// Peer is the target of a call: a *Workload of this namespace, or a Host or the APIServer outside of it.
type Peer interface {
	// address returns the host name and the port that callers use.
	address() (pulumi.StringInput, pulumi.IntInput)
	// node returns an output of the peer's contract.Node.
	node() pulumi.Output
}

// Workload is a set of Pods in this namespace with a Service in front. It calls, is called, or both.
type Workload struct {
	// Name of the workload, which its network policy has too.
	Name string
	// Service and ServicePort are the name and the port that callers use, as outputs of the Service.
	Service     pulumi.StringInput
	ServicePort pulumi.IntInput
	// URL of the Service. Its scheme is the protocol that is measured there (contract.Allowlist).
	URL pulumi.StringInput
	// Kind is the role of the workload.
	Kind contract.Kind
	// Pods are the labels of the Pods, which may differ from the Service's selector.
	Pods pulumi.StringMap
	// PodsOf is the workload that has these Pods, if this is a second Service in front of them; nil otherwise. A second
	// Service has no network policy of its own.
	PodsOf *Workload
	// Port is where the Pods listen. Network policies see a connection after kube-proxy has replaced the address and port
	// of the Service by those of a Pod.
	Port int
	// ProbePort is the port where the Pods serve the explorer's probes; 0 if they do not.
	ProbePort int
	// Public reports whether the Service is reachable from outside of the cluster.
	Public bool
	// Owner is the only workload that may call this one; nil if any may.
	Owner *Workload
}

func (w *Workload) address() (pulumi.StringInput, pulumi.IntInput) { return w.Service, w.ServicePort }

// node waits for the Service's outputs.
func (w *Workload) node() pulumi.Output {
	node := contract.Node{Kind: w.Kind, Workload: w.Controller().Name, PodPort: w.Port}
	var owner pulumi.StringInput = pulumi.String("")
	if w.Owner != nil {
		owner = w.Owner.Service
	}
	return pulumi.All(w.Service, w.URL, owner).ApplyT(func(all []any) contract.Node {
		node.Name, node.URL, node.Owner = fmt.Sprint(all[0]), fmt.Sprint(all[1]), fmt.Sprint(all[2])
		return node
	})
}

// Controller returns the workload whose Deployment or StatefulSet has the Pods: w itself unless PodsOf is set.
func (w *Workload) Controller() *Workload {
	if w.PodsOf != nil {
		return w.PodsOf
	}
	return w
}

// Host is a server outside of the stack's namespace. If it is a Service of this cluster, its Pods have to listen on the
// Service's port: network policies see the address and port of the Pod.
type Host struct {
	// Name is a DNS name or an address.
	Name string
	Port int
	// Scheme is the protocol that is measured there: postgresql, or tcp for a bare connection.
	Scheme string
}

// Target returns the URL that is measured.
func (h Host) Target() string { return target(h.Scheme, h.Name, h.Port) }

func (h Host) address() (pulumi.StringInput, pulumi.IntInput) {
	return pulumi.String(h.Name), pulumi.Int(h.Port)
}

func (h Host) node() pulumi.Output { return external(h.Name, h.Target()) }

// APIServer is the cluster's API server, which Pods reach through the Service kubernetes of the namespace default.
type APIServer struct {
	// Endpoints is an output of []netip.AddrPort: the endpoints of that Service.
	Endpoints pulumi.Output
}

// apiServerPort is the port of the Service behind contract.APIServerHost.
const apiServerPort = 443

// URL returns the address that Pods use.
func (APIServer) URL() string { return "https://" + contract.APIServerHost }

// Target returns the URL that is measured.
func (APIServer) Target() string { return target("tcp", contract.APIServerHost, apiServerPort) }

func (APIServer) address() (pulumi.StringInput, pulumi.IntInput) {
	return pulumi.String(contract.APIServerHost), pulumi.Int(apiServerPort)
}

func (s APIServer) node() pulumi.Output { return external(contract.APIServerHost, s.Target()) }

func target(scheme, host string, port int) string {
	return contract.Target{Scheme: scheme, Host: host, Port: uint16(port)}.String()
}

func external(host, url string) pulumi.Output {
	return pulumi.ToOutput(contract.Node{Name: host, Kind: contract.ExternalNode, URL: url})
}
