package diagnosis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// wrongPort reports whether the Service lacks the called port, or forwards it to a port that the Pods do not declare,
// and explains it.
func (c call) wrongPort() (Diagnosis, bool) {
	if !c.found {
		return Diagnosis{}, false
	}
	at := slices.IndexFunc(c.service.Ports, func(port network.Port) bool { return port.Port == int32(c.target.Port) })
	if at < 0 {
		var has []string
		for _, port := range c.service.Ports {
			has = append(has, strconv.Itoa(int(port.Port)))
		}
		return diagnosed(c.seen, c.measured.Failure.Code, PortMissing,
			fmt.Sprintf("The Service %s does not have the port %d, only %s.", c.service.Name, c.target.Port, prose.List(has)),
			"describe service %s", c.service.Name), true
	}
	port := c.service.Ports[at]
	declared := c.declaredPorts()
	if len(declared) == 0 || slices.ContainsFunc(declared, func(one network.ContainerPort) bool {
		return port.TargetPort == one.Name || port.TargetPort == strconv.Itoa(int(one.Port))
	}) {
		return Diagnosis{}, false
	}
	var have []string
	for _, one := range declared {
		have = append(have, strings.TrimSpace(strconv.Itoa(int(one.Port))+" "+one.Name))
	}
	return diagnosed(c.seen, c.measured.Failure.Code, WrongTargetPort, fmt.Sprintf(
		"The Service %s forwards its port %d to the targetPort %s, and no container of its Pods declares that port, only %s.",
		c.service.Name, port.Port, port.TargetPort, prose.List(have)), "describe service %s", c.service.Name), true
}

// outdatedEndpoints reports whether the endpoints still have an earlier port: while a Service changes, its EndpointSlices
// follow a moment later.
func (c call) outdatedEndpoints() (Diagnosis, bool) {
	endpoint, found := c.readyEndpoint()
	if !found || c.behind == nil || len(c.service.Ports) != 1 { // without a selector, endpoints may have any port
		return Diagnosis{}, false
	}
	target, old := c.service.Ports[0].TargetPort, endpoint.Port
	for _, one := range c.declaredPorts() {
		if one.Name == target {
			target = strconv.Itoa(int(one.Port))
		}
	}
	if _, err := strconv.Atoi(target); err != nil || target == strconv.Itoa(int(old)) {
		return Diagnosis{}, false
	}
	return diagnosed(c.seen, c.measured.Failure.Code, Unexplained, fmt.Sprintf(
		"The Service %s forwards its port %d to port %s, and its endpoints still have port %d.",
		c.service.Name, c.target.Port, target, old), "get endpointslices -l kubernetes.io/service-name=%s", c.service.Name), true
}

// declaredPorts returns the ports that the containers behind the Service declare. Kubernetes does not require them to
// declare any.
func (c call) declaredPorts() []network.ContainerPort {
	var declared []network.ContainerPort
	if c.behind != nil {
		for _, container := range c.behind.Containers {
			declared = append(declared, container.Ports...)
		}
	}
	return declared
}
