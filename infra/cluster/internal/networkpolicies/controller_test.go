package networkpolicies

import (
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestRoleAllowsExactlyTheRequestsThatAreSent(t *testing.T) {
	client := fake.NewClientset(&corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "demo"},
		Status:     corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.123.0.2"}}},
	})
	if _, err := newController(t.Context(), client, configuration(1), nil, nil); err != nil {
		t.Fatal(err)
	}
	var requested []string
	for _, action := range client.Actions() {
		requested = append(requested, action.GetVerb()+" "+action.GetResource().GroupResource().String())
	}
	requested = append(requested, "list nodes", "watch nodes") // from package podnetwork, which runs in the same process
	if got, want := sorted(requested), sorted(allowed(t)); !slices.Equal(got, want) {
		t.Errorf("the controller requested\n%q, the role allows\n%q", got, want)
	}
}

// allowed returns the requests that the role in the add-on's manifest allows: verb and resource.
func allowed(t *testing.T) []string {
	t.Helper()
	manifest, err := os.ReadFile("../addons/manifests/podnetwork.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var role rbacv1.ClusterRole
	document, _, _ := strings.Cut(string(manifest), "\n---\n")
	if err := yaml.UnmarshalStrict([]byte(document), &role); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, rule := range role.Rules {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				all = append(all, verb+" "+strings.TrimSuffix(resource+"."+rule.APIGroups[0], "."))
			}
		}
	}
	return all
}

func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

func TestControllerIsConfiguredForTheCluster(t *testing.T) {
	config := configuration(1)
	if got := config.ClusterIPCIDRs; !slices.Equal(got, []string{layout.ServiceCIDR}) {
		t.Errorf("ClusterIPs are %q, want %q", got, layout.ServiceCIDR)
	}
	if !config.EnableIPv4 || config.EnableIPv6 {
		t.Errorf("IPv4 is %t and IPv6 %t, want only IPv4", config.EnableIPv4, config.EnableIPv6)
	}
}
