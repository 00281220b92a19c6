package main

import (
	"fmt"
	"net/netip"
	"net/url"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// reachableFrom is the output that says where the URLs among the outputs answer.
func (p *parts) reachableFrom(explorerURL pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.All(explorerURL, p.namespace.Name).ApplyT(func(all []any) string {
		return reachableFrom(p.stack.ServiceType, all[0].(string), all[1].(string))
	}).(pulumi.StringOutput)
}

func reachableFrom(serviceType, explorerURL, namespace string) string {
	forward := fmt.Sprintf("kubectl --namespace %s port-forward service/%s 8080:80", namespace, names.explorer)
	if serviceType == "ClusterIP" {
		return "inside the cluster only; elsewhere: " + forward
	}
	if parsed, err := url.Parse(explorerURL); err == nil {
		if address, err := netip.ParseAddr(parsed.Hostname()); err == nil && address.IsLoopback() {
			return "the machine that the cluster runs on"
		}
	}
	if serviceType == "NodePort" {
		return "where the node's address is routed; elsewhere: " + forward
	}
	return "where the load balancer's address is routed; elsewhere: " + forward
}
