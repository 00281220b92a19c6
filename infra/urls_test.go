package main

import "testing"

func TestNodePortsAreReachedAtANode(t *testing.T) {
	stack := testStack()
	stack.ServiceType = "NodePort"
	engine := &recorder{}
	outputs, err := declare(t, engine, stack, testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	if got := outputs["explorerUrl"]; got != "http://192.0.2.7:30080" {
		t.Errorf("the explorer is at %v, want http://192.0.2.7:30080", got)
	}
	if _, err := declare(t, &recorder{}, stack, testBuilder{unbuilt: true}); err != nil {
		t.Errorf("a preview without a cluster, whose nodes are not known, ends with %v", err)
	}
	stack.ServiceType = "LoadBalancer"
	outputs, err = declare(t, &recorder{}, stack, testBuilder{unbuilt: true})
	if got := outputs["explorerUrl"]; err != nil || got != "http://127.80.0.9" {
		t.Errorf("in such a preview a load balancer is at %v (%v), want http://127.80.0.9", got, err)
	}
	stack.ServiceType = "ClusterIP"
	outputs, err = declare(t, &recorder{}, stack, testBuilder{})
	if got := outputs["explorerUrl"]; err != nil || got != named("http://{explorer}.shop.svc:80") {
		t.Errorf("the explorer is at %v (%v), want the Service's own name", got, err)
	}
}
