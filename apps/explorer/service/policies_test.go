package service_test

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/dnstest"
	"example.com/kubernetes-networking/apps/internal/peer"
)

// listener is a port of 127.0.0.1 that accepts connections.
func listener(t *testing.T) (port int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return int32(listener.Addr().(*net.TCPAddr).Port)
}

// withOrders is the cluster of this test with a service beside the database, both at this port.
func withOrders(port, databaseReady int32) cluster {
	with := demo()
	one := int32(1)
	with[deploymentsPath] = apps.DeploymentList{TypeMeta: kind("apps/v1", "DeploymentList"), Items: []apps.Deployment{{
		ObjectMeta: object("orders", "service"),
		Spec:       apps.DeploymentSpec{Replicas: &one, Selector: selector("orders"), Template: template("orders", core.PodSpec{})},
		Status:     apps.DeploymentStatus{ReadyReplicas: 1},
	}}}
	sets := with[statefulSetsPath].(apps.StatefulSetList)
	sets.Items[0].Status.ReadyReplicas = databaseReady
	with[statefulSetsPath] = sets
	only := core.ServicePort{Protocol: core.ProtocolTCP, Port: port, TargetPort: intstr.FromInt32(port)}
	with[servicesPath] = core.ServiceList{TypeMeta: kind("v1", "ServiceList"), Items: []core.Service{
		clusterService("orders", core.ServiceTypeClusterIP, "10.96.0.7", "", only),
		clusterService("clients-database", core.ServiceTypeClusterIP, "10.96.0.8", "", only),
	}}
	return with
}

func TestClusterThatDoesNotEnforceNetworkPoliciesIsNamed(t *testing.T) {
	const (
		enforced = `"enforced":"yes","detail":"The cluster enforces NetworkPolicies: what the explorer is declared to call answers, and clients-database, to which no call is declared, cannot be reached."`
		open     = `"enforced":"no","detail":"NetworkPolicies are not enforced here: no call from the explorer to clients-database is declared, and it is let through. Either the cluster lacks a network plugin that enforces them, such as Calico, Cilium or kube-router, or somebody has deleted them."`
	)
	answers := netip.MustParseAddr("127.0.0.1")
	closed := netip.MustParseAddr("127.9.9.9") // nobody listens on this loopback address
	for _, c := range []struct {
		name             string
		orders, database netip.Addr
		databaseReady    int32
		want             string
	}{
		{"service answers, database is closed", answers, closed, 1, enforced},
		{"both answer", answers, answers, 1, open},
		{"only the database answers", closed, answers, 1, open},
		{"neither answers: the network may be down", closed, closed, 1, untold[1 : len(untold)-1]},
		{"no Pod of the database is ready: nobody could answer", answers, closed, 0, untold[1 : len(untold)-1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := listener(t)
			dnstest.Use(t, map[string]netip.Addr{"orders.demo.svc": c.orders, "clients-database.demo.svc": c.database})
			reader, err := network.NewReader(&rest.Config{Host: withOrders(port, c.databaseReady).serve(t).URL}, "demo")
			if err != nil {
				t.Fatal(err)
			}
			handler, err := service.Handler(service.Sources{
				Network: reader, Probe: peer.New("probe", serveProbe(t).URL), Calls: []string{"orders.demo.svc:" + strconv.Itoa(int(port))},
			})
			if err != nil {
				t.Fatal(err)
			}
			explorer := apitest.Serve(t, handler)
			if answer := explorer.Do(t, "GET", "/api/network", "").Text; !strings.Contains(answer, c.want) {
				t.Errorf("the explorer says %s\nwant %s in it", answer, c.want)
			}
			alarmed := strings.Contains(explorer.Do(t, "GET", "/", "").Text, `<p class="problem" role="alert">NetworkPolicies are not enforced here`)
			if alarmed != (c.want == open) {
				t.Errorf("the page raises an alarm: %v", alarmed)
			}
		})
	}
}
