package networkpolicies

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/knftables"
	"sigs.k8s.io/yaml"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestRoleAllowsExactlyTheRequestsThatAreSent(t *testing.T) {
	client := fake.NewClientset()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready := make(chan struct{})
	go func() {
		controller := NewController("demo", NewState(knftables.NewFake(knftables.IPv4Family, tableName), nil, layout.PodCIDR), nil)
		if err := controller.Run(ctx, client, func() { close(ready) }); err != nil {
			t.Error(err)
		}
	}()
	<-ready
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
