package main

import (
	"strings"
	"testing"
)

func TestAnOutputNamesWhereTheURLsAnswer(t *testing.T) {
	const forward = "kubectl --namespace shop port-forward service/explorer 8080:80"
	for _, c := range []struct{ serviceType, url, from, otherwise string }{
		{"ClusterIP", "http://explorer.shop.svc:80", "inside the cluster only", forward},
		{"LoadBalancer", "http://127.80.0.4", "the machine that the cluster runs on", ""},
		{"NodePort", "http://127.81.0.1:30080", "the machine that the cluster runs on", ""},
		{"NodePort", "http://192.0.2.7:30080", "where the node's address is routed", forward},
		{"NodePort", "http://<address of any node>:30080", "where the node's address is routed", forward},
		{"LoadBalancer", "http://lb.example.com", "where the load balancer's address is routed", forward},
		{"LoadBalancer", "http://[2001:db8::1]:8080", "where the load balancer's address is routed", forward},
	} {
		got := reachableFrom(c.serviceType, c.url, "shop")
		if !strings.HasPrefix(got, c.from) || !strings.HasSuffix(got, c.otherwise) {
			t.Errorf("%s of type %s is reached from %q, want %q and %q", c.url, c.serviceType, got, c.from, c.otherwise)
		}
	}
}
