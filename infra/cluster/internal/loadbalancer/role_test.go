package loadbalancer_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

func TestRoleAllowsExactlyTheRequestsThatAreSent(t *testing.T) {
	port := serve(t, first)
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	h.take(fmt.Sprintf("127.80.0.1:%d", port), true)
	// The test bypasses the client, which records its requests.
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{tcp(port)}},
	}
	if err := h.client.Tracker().Create(schema.GroupVersionResource{Version: "v1", Resource: "services"}, service, "default"); err != nil {
		t.Fatal(err)
	}
	// The first failure creates an event, the second one patches it.
	await(t, "an event twice", func() bool { return slices.Contains(h.requested(), "patch events") })
	h.take(fmt.Sprintf("127.80.0.1:%d", port), false)
	await(t, "an address", func() bool { return slices.Contains(h.requested(), "update services/status") })
	if got, want := h.requested(), allowed(t); !slices.Equal(got, want) {
		t.Errorf("the controller requested\n%q, the role allows\n%q", got, want)
	}
}

// requested returns the distinct requests that the controller has sent to the API: verb and resource, sorted.
func (h *host) requested() []string {
	var all []string
	for _, action := range h.client.Actions() {
		resource := action.GetResource().GroupResource()
		if action.GetSubresource() != "" {
			resource.Resource += "/" + action.GetSubresource()
		}
		all = append(all, action.GetVerb()+" "+resource.String())
	}
	return sorted(all)
}

// allowed returns the requests that the role in the add-on's manifest allows.
func allowed(t *testing.T) []string {
	t.Helper()
	manifest, err := os.ReadFile("../addons/manifests/loadbalancer.yaml")
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
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, verb+" "+schema.GroupResource{Group: group, Resource: resource}.String())
				}
			}
		}
	}
	return sorted(all)
}

func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
