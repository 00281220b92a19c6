package networkpolicies

import (
	"context"
	"slices"
	"testing"

	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/knftables"

	"example.com/kubernetes-networking/infra/cluster/internal/addons/addonstest"
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
	requested := append(addonstest.Requested(client.Actions()), "list nodes", "watch nodes") // the last two from package podnetwork, which runs in the same process
	slices.Sort(requested)
	if want := addonstest.Allowed(t, "podnetwork.yaml"); !slices.Equal(requested, want) {
		t.Errorf("the controller requested\n%q, the role allows\n%q", requested, want)
	}
}
