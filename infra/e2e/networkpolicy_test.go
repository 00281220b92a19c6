//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// networkPolicies tests which connections the cluster denies and allows under NetworkPolicies, and that it applies each
// change.
func (s *scenario) networkPolicies(t *testing.T) {
	n := s.newPolicyTest(t)
	for _, c := range policyCases {
		n.setPolicies()
		removed := n.await("before: "+c.name, c.denied, nil) // so only the policies can deny it
		n.setPolicies(c.policies...)
		enforced := n.await(c.name, c.open, c.denied)
		t.Logf("%-80s %.2f s after kubectl apply; %.2f s after kubectl delete", c.name, enforced.Seconds(), removed.Seconds())
	}
	n.laterPod()
	n.changedLabel()
	n.establishedConnection()
	n.probesSucceeded()
}

// setPolicies replaces all policies of the namespace near. It replaces IP(name) in the specs by addresses.
func (n *policyTest) setPolicies(specs ...string) {
	n.t.Helper()
	if len(specs) == 0 {
		if output, err := n.try("kubectl delete networkpolicies --all --namespace near"); err != nil {
			n.t.Fatalf("delete the policies: %v\n%s", err, output)
		}
		return
	}
	var manifests strings.Builder
	for i, spec := range specs {
		for name, address := range n.addresses {
			spec = strings.ReplaceAll(spec, "IP("+name+")", address)
		}
		fmt.Fprintf(&manifests, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"+
			"metadata: {name: policy-%d, namespace: near}\nspec: {%s}\n", i, spec)
	}
	n.apply(manifests.String())
}

const (
	denyIngress = "podSelector: {}, policyTypes: [Ingress]"
	denyEgress  = "podSelector: {}, policyTypes: [Egress]"
	fromClients = "podSelector: {matchLabels: {app: server}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]"
)

func (n *policyTest) laterPod() {
	n.setPolicies()
	n.setPolicies(denyIngress, fromClients)
	n.await("before the later Pod", nil, []string{"stranger > server:8080"})
	n.apply(n.manifest("near", "later", "server"))
	n.openShell("near", "later")
	n.await("a Pod that is created after the policy", []string{"client > later:8080"}, []string{"stranger > later:8080", "later > client:8080"})
}

func (n *policyTest) changedLabel() {
	n.setPolicies()
	n.setPolicies(fromClients)
	n.await("before the label changes", []string{"client > server:8080"}, []string{"stranger > server:8080"})
	n.run("kubectl label pod stranger --namespace near --overwrite app=client")
	n.await("with the allowed label", []string{"client > server:8080", "stranger > server:8080"}, nil)
	n.run("kubectl label pod stranger --namespace near --overwrite app=stranger")
	n.await("with its own label again", []string{"client > server:8080"}, []string{"stranger > server:8080"})
}

// establishedConnection tests a behaviour that the API leaves undefined. The embedded cluster applies a policy to
// new connections only.
func (n *policyTest) establishedConnection() {
	n.setPolicies()
	n.await("before the connection", []string{"client > server:8080"}, nil)
	connection := n.session(n.t, "near", "client", "shell", "nc", n.addresses["server"], "8080")
	request := "GET /health HTTP/1.1\r\nHost: server\r\n\r" // send adds the last line feed
	connection.send(request)
	if answer := connection.receive(); answer != "HTTP/1.1 200 OK" {
		n.t.Fatalf("before the policy, the answer is %q", answer)
	}
	for connection.receive() != "" { // the rest of the header; the body, "OK", has no end of line
	}
	n.setPolicies(denyIngress, denyEgress)
	n.await("beside the connection", nil, []string{"client > server:8080"})
	connection.send(request)
	if answer := connection.receive(); answer != "OKHTTP/1.1 200 OK" {
		n.t.Errorf("after the policy, the answer on the established connection is %q", answer)
	}
}

// probesSucceeded fails the test if a container was restarted, which one failed probe of the node would cause.
func (n *policyTest) probesSucceeded() {
	restarts := n.run(`for namespace in near far; do kubectl get pods --namespace "$namespace" ` +
		`--output jsonpath='{range .items[*]}{.metadata.name} {.status.containerStatuses[*].restartCount}{"\n"}{end}'; done`)
	if strings.Count(restarts, "\n") != 6 {
		n.t.Errorf("want 6 Pods, got\n%s", restarts)
	}
	for line := range strings.Lines(restarts) {
		if !strings.HasSuffix(line, " 0 0\n") {
			n.t.Errorf("a container was restarted: %s", line)
		}
	}
}
