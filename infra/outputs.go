package main

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/endpoint"
)

// serviceURLs returns the URL of each Service inside of the cluster, by its name.
func (d *Demo) serviceURLs() pulumi.Map {
	urls := pulumi.Map{}
	for _, service := range d.endpoints {
		urls[service.Workload.Name] = service.URL
	}
	return urls
}

// clusterIPs returns the address of each Service, by its name.
func (d *Demo) clusterIPs() pulumi.Map {
	addresses := pulumi.Map{}
	for _, service := range d.endpoints {
		addresses[service.Workload.Name] = service.ClusterIP
	}
	return addresses
}

// externalURL returns the URL of the Service outside of the cluster.
func (d *Demo) externalURL(service *endpoint.Endpoint) pulumi.StringOutput {
	if d.stack.ServiceType != "NodePort" {
		return service.ExternalURL(pulumi.String(""))
	}
	node := d.read(func(ctx context.Context) (any, error) { return d.cluster.NodeAddress(ctx) })
	return service.ExternalURL(node.ApplyT(func(address any) string { return address.(string) }).(pulumi.StringOutput))
}

// lab returns the name of the active lab; empty for none.
func (d *Demo) lab() pulumi.String { return pulumi.String(d.stack.Lab) }

// reachableFrom returns where the external URLs answer.
func (d *Demo) reachableFrom(explorerURL pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.All(explorerURL, d.namespace.Name).ApplyT(func(all []any) string {
		return reachableFrom(d.stack.ServiceType, all[0].(string), all[1].(string))
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
