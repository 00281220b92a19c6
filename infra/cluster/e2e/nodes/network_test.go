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

// TestTheNodesAreOneCluster has a server on each node, and the tests in it share them.
func TestTheNodesAreOneCluster(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	w := world{ns, startServers(t, ns)}
	t.Run("a Pod is seen by its own address", w.addresses)
	t.Run("a Service leads from every node to every node", w.services)
	t.Run("names are resolved on every node", w.names)
	t.Run("kubectl reaches the Pods of every node", w.kubectl)
	t.Run("policies are enforced between nodes", w.policies) // the last: they stay
}

type world struct {
	namespace string
	ips       map[string]string // by the server's name, which is its node's
}

// nodes are the names of the servers.
func (w world) nodes() []string { return slices.Sorted(maps.Keys(w.ips)) }

func (w world) addresses(t *testing.T) {
	for _, from := range w.nodes() {
		for i, got := range ask(t, w.namespace, from, w.addressesOf(w.nodes())...) {
			if want := (answer{w.nodes()[i], w.ips[from]}); got != want {
				t.Errorf("from %s, %s answers %v, want %v", from, w.nodes()[i], got, want)
			}
		}
	}
}

func (w world) addressesOf(nodes []string) (ips []string) {
	for _, node := range nodes {
		ips = append(ips, w.ips[node])
	}
	return ips
}

func (w world) services(t *testing.T) {
	clustertest.Apply(t, w.namespace, `{apiVersion: v1, kind: Service, metadata: {name: all}, spec: {selector: {kind: server}, ports: [{port: 80}]}}`)
	for _, from := range w.nodes() {
		seen := map[string]bool{}
		clustertest.Await(t, "answers of all nodes, at "+from, func() error {
			for _, got := range ask(t, w.namespace, from, slices.Repeat([]string{"all"}, 5*len(w.ips))...) {
				if got.server != "" { // nobody answers until kube-proxy has noted the Service
					seen[got.server] = true
				}
			}
			if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, w.nodes()) {
				return fmt.Errorf("answered have %q", got)
			}
			return nil
		})
	}
}

func (w world) names(t *testing.T) {
	for _, node := range w.nodes() {
		if got := clustertest.Exec(t, w.namespace, node, "nslookup", "-type=a", "kubernetes.default.svc.cluster.local"); !strings.Contains(got, "Address: 10.96.0.1\n") {
			t.Errorf("on %s, the API server's name is\n%s", node, got)
		}
	}
}

func (w world) kubectl(t *testing.T) {
	for _, node := range w.nodes() {
		if got := clustertest.Kubectl(t, "logs", "--namespace", w.namespace, node); got != "serving\n" {
			t.Errorf("the log of %s is %q", node, got)
		}
		if got := clustertest.Exec(t, w.namespace, node, "hostname"); got != node+"\n" {
			t.Errorf("the host name of %s is %q", node, got)
		}
		response, err := http.Get("http://" + portForward(t, w.namespace, node))
		if err != nil {
			t.Errorf("by port-forward, %s: %v", node, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound { // there is no page at /
			t.Errorf("by port-forward, %s answers %s", node, response.Status)
		}
	}
}

func (w world) policies(t *testing.T) {
	target, friend, others := w.nodes()[0], w.nodes()[1], w.nodes()[2:]
	clustertest.Apply(t, w.namespace, `
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: friends}, spec: {
  podSelector: {matchLabels: {app: `+target+`}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: `+friend+`}}}]}]}}`)
	open := answer{friend, ""}
	for _, from := range others {
		open.client = w.ips[from]
		w.awaitAnswers(t, from, []string{target, friend}, []answer{{}, open})
	}
	w.awaitAnswers(t, friend, []string{target}, []answer{{target, w.ips[friend]}})
	// What goes out is denied on the client's node.
	clustertest.Apply(t, w.namespace, `
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: silent}, spec: {podSelector: {matchLabels: {app: `+friend+`}}, policyTypes: [Egress]}}`)
	w.awaitAnswers(t, friend, append([]string{target}, others...), make([]answer, 1+len(others)))
}

// awaitAnswers asks the servers of some nodes from one node until they answer so.
func (w world) awaitAnswers(t *testing.T, from string, nodes []string, want []answer) {
	t.Helper()
	clustertest.Await(t, "the policy, at "+from, func() error {
		if got := ask(t, w.namespace, from, w.addressesOf(nodes)...); !slices.Equal(got, want) {
			return fmt.Errorf("%q answer %q, want %q", nodes, got, want)
		}
		return nil
	})
}
