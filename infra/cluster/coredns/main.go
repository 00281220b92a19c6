// Command coredns is the cluster's DNS server: CoreDNS with only the plugins that the add-on's Corefile names, and hosts,
// which is what Kubernetes' conformance tests have a name server of their own answer from.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() {
	// The order is that of upstream's plugin.cfg: a query passes through the plugins in this order.
	dnsserver.Directives = []string{
		"errors", "log", "health", "ready", "prometheus", "template", "loadbalance", "hosts", "kubernetes",
	}
	coremain.Run()
}
