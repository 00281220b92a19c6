//go:build e2e

package nodes

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// TestNodesFormOneNetwork starts a server on each node, which its subtests share.
func TestNodesFormOneNetwork(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	f := fixture{ns, startServers(t, ns)}
	t.Run("a Pod is seen by its own address", f.addresses)
	t.Run("a Service leads from every node to every node", f.services)
	t.Run("names are resolved on every node", f.names)
	t.Run("kubectl reaches the Pods of every node", f.kubectl)
	t.Run("policies are enforced between nodes", f.policies) // last, because the policies remain
}

type fixture struct {
	namespace string
	ips       map[string]string // by server, which has the name of its node
}

// nodes returns the names of the nodes and their servers, sorted.
func (f fixture) nodes() []string { return slices.Sorted(maps.Keys(f.ips)) }

func (f fixture) addresses(t *testing.T) {
	for _, from := range f.nodes() {
		for i, got := range ask(t, f.namespace, from, f.addressesOf(f.nodes())...) {
			if want := (answer{f.nodes()[i], f.ips[from]}); got != want {
				t.Errorf("from %s, %s answers %v, want %v", from, f.nodes()[i], got, want)
			}
		}
	}
}

func (f fixture) addressesOf(nodes []string) (ips []string) {
	for _, node := range nodes {
		ips = append(ips, f.ips[node])
	}
	return ips
}

func (f fixture) services(t *testing.T) {
	clustertest.Apply(t, f.namespace, `{apiVersion: v1, kind: Service, metadata: {name: all}, spec: {selector: {kind: server}, ports: [{port: 80}]}}`)
	for _, from := range f.nodes() {
		seen := map[string]bool{}
		clustertest.Await(t, "answers of all nodes, at "+from, func() error {
			for _, got := range ask(t, f.namespace, from, slices.Repeat([]string{"all"}, 5*len(f.ips))...) {
				if got.server != "" { // no answer before kube-proxy has set the Service's rules
					seen[got.server] = true
				}
			}
			if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, f.nodes()) {
				return fmt.Errorf("only %q answered", got)
			}
			return nil
		})
	}
}

func (f fixture) names(t *testing.T) {
	for _, node := range f.nodes() {
		if got := clustertest.Exec(t, f.namespace, node, "nslookup", "-type=a", "kubernetes.default.svc.cluster.local"); !strings.Contains(got, "Address: 10.96.0.1\n") {
			t.Errorf("on %s, the API server's name is\n%s", node, got)
		}
	}
}

func (f fixture) kubectl(t *testing.T) {
	for _, node := range f.nodes() {
		if got := clustertest.Kubectl(t, "logs", "--namespace", f.namespace, node); got != "serving\n" {
			t.Errorf("the log of %s is %q", node, got)
		}
		if got := clustertest.Exec(t, f.namespace, node, "hostname"); got != node+"\n" {
			t.Errorf("the host name of %s is %q", node, got)
		}
		address, _ := clustertest.PortForward(t, f.namespace, node, "80")
		response, err := http.Get("http://" + address)
		if err != nil {
			t.Errorf("through port-forward, %s: %v", node, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound { // the server has no page at /
			t.Errorf("through port-forward, %s returns %s", node, response.Status)
		}
	}
}

func (f fixture) policies(t *testing.T) {
	target, friend, others := f.nodes()[0], f.nodes()[1], f.nodes()[2:]
	clustertest.Apply(t, f.namespace, `
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: friends}, spec: {
  podSelector: {matchLabels: {app: `+target+`}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: `+friend+`}}}]}]}}`)
	open := answer{friend, ""}
	for _, from := range others {
		open.client = f.ips[from]
		f.awaitAnswers(t, from, []string{target, friend}, []answer{{}, open})
	}
	f.awaitAnswers(t, friend, []string{target}, []answer{{target, f.ips[friend]}})
	// Egress is denied on the client's node.
	clustertest.Apply(t, f.namespace, `
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: silent}, spec: {podSelector: {matchLabels: {app: `+friend+`}}, policyTypes: [Egress]}}`)
	f.awaitAnswers(t, friend, append([]string{target}, others...), make([]answer, 1+len(others)))
}

// awaitAnswers waits until the servers of the given nodes give the given answers to a client on another node.
func (f fixture) awaitAnswers(t *testing.T, from string, nodes []string, want []answer) {
	t.Helper()
	clustertest.Await(t, "the policy, at "+from, func() error {
		if got := ask(t, f.namespace, from, f.addressesOf(nodes)...); !slices.Equal(got, want) {
			return fmt.Errorf("%q answer %q, want %q", nodes, got, want)
		}
		return nil
	})
}
