package networkpolicies

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// parse returns a policy of the namespace near from its spec in YAML.
func parse(t testing.TB, name, spec string) *networkingv1.NetworkPolicy {
	t.Helper()
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "near", Name: name}}
	if err := yaml.UnmarshalStrict([]byte("{"+spec+"}"), &policy.Spec); err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestAPolicyDeniesWhatNoRuleAllows(t *testing.T) {
	n := newNetwork(t)
	for name, ip := range map[string]string{"client": "10.244.0.2", "server": "10.244.0.3", "stranger": "10.244.0.4"} {
		n.addPod(name, ip)
		n.State.SetPod(&Pod{Namespace: "near", Name: name, Labels: map[string]string{"app": name}, IP: n.pods[name].ip, Local: true})
	}
	n.apply()
	if got := n.connect("stranger", "server", corev1.ProtocolTCP, 80); got != open {
		t.Errorf("without a policy, stranger to server is %s", got)
	}
	if err := n.State.SetPolicy(parse(t, "server", "podSelector: {matchLabels: {app: server}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 80}]}]")); err != nil {
		t.Fatal(err)
	}
	n.apply()
	for _, c := range []struct {
		from, to string
		protocol corev1.Protocol
		port     int
		want     string
	}{
		{"client", "server", corev1.ProtocolTCP, 80, open},
		{"client", "server", corev1.ProtocolTCP, 8080, refused},
		{"client", "server", corev1.ProtocolUDP, 80, refused},
		{"stranger", "server", corev1.ProtocolTCP, 80, refused},
		{"server", "stranger", corev1.ProtocolTCP, 80, open},
	} {
		if got := n.connect(c.from, c.to, c.protocol, c.port); got != c.want {
			t.Errorf("%s to %s, %s %d: %s, want %s", c.from, c.to, c.protocol, c.port, got, c.want)
		}
	}
}
