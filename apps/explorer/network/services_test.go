package network_test

import (
	"reflect"
	"slices"
	"testing"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

func TestAllServicesOfTheNamespaceAreRead(t *testing.T) {
	public := networktest.Service("explorer", "10.96.0.7", 80, 8080)
	public.Spec.Type = core.ServiceTypeLoadBalancer
	public.Spec.Ports[0].TargetPort = intstr.FromString("http")
	public.Status.LoadBalancer.Ingress = []core.LoadBalancerIngress{{IP: "127.80.0.1"}, {Hostname: "lb.test"}}
	byHand := networktest.Service("by-hand", "None", 5432, 5432)
	byHand.Spec.Selector, byHand.Spec.Ports = nil, nil
	api := networktest.New(t)
	api.Set(networktest.Deployment("explorer", "explorer", 8080), public, byHand)
	got := networktest.Await(t, api.Watch(t, networktest.Namespace), live).Services
	want := []network.Service{
		{
			Name: "by-hand", Type: "ClusterIP", ClusterIP: "None", External: []string{}, Ports: []network.Port{},
			DNSName: "by-hand.demo.svc", Selector: map[string]string{}, Endpoints: []network.Endpoint{},
		},
		{
			Name: "explorer", Type: "LoadBalancer", ClusterIP: "10.96.0.7", External: []string{"127.80.0.1", "lb.test"},
			Ports:   []network.Port{{Name: "main", Protocol: "TCP", Port: 80, TargetPort: "http"}},
			DNSName: "explorer.demo.svc", Selector: networktest.Labels("explorer"), Endpoints: []network.Endpoint{},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("services are\n%+v\nwant\n%+v", got, want)
	}
}

func TestEndpointsComeFromTheServicesSlices(t *testing.T) {
	yes, no := true, false
	conditions := func(ready, terminating *bool) discovery.Endpoint {
		endpoint := networktest.Endpoint("orders-1", "10.244.0.1")
		endpoint.Conditions = discovery.EndpointConditions{Ready: ready, Terminating: terminating}
		return endpoint
	}
	byHand := discovery.Endpoint{Addresses: []string{"192.0.2.1"}}
	node := networktest.Endpoint("node", "192.0.2.2")
	node.TargetRef.Kind = "Node"
	twoPorts, more := networktest.Slice("orders", 8080, conditions(nil, nil)), int32(9090)
	twoPorts.Ports = append(twoPorts.Ports, discovery.EndpointPort{Port: &more})
	second := networktest.Slice("orders", 8080, networktest.Endpoint("orders-0", "10.244.0.9"), conditions(&no, nil))
	second.Name = "orders-2"
	ready := network.Endpoint{Address: "10.244.0.1", Port: 8080, Pod: "orders-1", Ready: true}
	with := func(change func(*network.Endpoint)) network.Endpoint {
		endpoint := ready
		change(&endpoint)
		return endpoint
	}
	for name, test := range map[string]struct {
		slices []*discovery.EndpointSlice
		want   []network.Endpoint
	}{
		"ready":                        {[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, conditions(&yes, &no))}, []network.Endpoint{ready}},
		"no condition counts as ready": {[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, conditions(nil, nil))}, []network.Endpoint{ready}},
		"not ready": {
			[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, conditions(&no, nil))},
			[]network.Endpoint{with(func(e *network.Endpoint) { e.Ready = false })},
		},
		"terminating": {
			[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, conditions(&no, &yes))},
			[]network.Endpoint{with(func(e *network.Endpoint) { e.Ready, e.Terminating = false, true })},
		},
		"no container has a port of that name": {
			[]*discovery.EndpointSlice{networktest.Slice("orders", 0, conditions(&yes, nil))},
			[]network.Endpoint{with(func(e *network.Endpoint) { e.Port = 0 })},
		},
		"two ports": {[]*discovery.EndpointSlice{twoPorts}, []network.Endpoint{ready, with(func(e *network.Endpoint) { e.Port = 9090 })}},
		"no Pods": {
			[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, node, byHand)},
			[]network.Endpoint{{Address: "192.0.2.1", Port: 8080, Ready: true}, {Address: "192.0.2.2", Port: 8080, Ready: true}},
		},
		"an endpoint that moves between slices is in both": {
			[]*discovery.EndpointSlice{networktest.Slice("orders", 8080, conditions(&yes, nil)), second},
			[]network.Endpoint{{Address: "10.244.0.9", Port: 8080, Pod: "orders-0", Ready: true}, ready},
		},
		"of another Service": {[]*discovery.EndpointSlice{networktest.Slice("products", 8080, conditions(&yes, nil))}, []network.Endpoint{}},
	} {
		t.Run(name, func(t *testing.T) {
			api := networktest.New(t)
			api.Set(networktest.Deployment("orders", "service", 8080), networktest.Service("orders", "10.96.0.2", 80, 8080))
			for _, slice := range test.slices {
				api.Set(slice)
			}
			orders, _ := networktest.Await(t, api.Watch(t, networktest.Namespace), live).Service("orders")
			if !slices.Equal(orders.Endpoints, test.want) {
				t.Errorf("endpoints are %+v, want %+v", orders.Endpoints, test.want)
			}
		})
	}
}
