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
