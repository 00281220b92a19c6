package network_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

func TestWatch(t *testing.T) {
	api := networktest.New(t)
	w := api.Watch(t, "demo")
	got := networktest.Await(t, w, func(n network.Network) bool { return n.Problem != "" && n.Problem[0] == 'N' })
	t.Log(got.Problem)
}
