package network

import (
	"net"
	"strconv"
)

// Endpoint is an address behind a Service, from its EndpointSlices.
type Endpoint struct {
	Address string `json:"address"`
	// Port is 0 where the EndpointSlice has none: no container has a port of the name that the Service leads to.
	Port int32 `json:"port"`
	// Pod is the name of the Pod that has the address; empty if no Pod has.
	Pod string `json:"pod"`
	// Ready says whether kube-proxy sends connections there. Only where no endpoint is ready does it send them to those that
	// terminate and still pass their readiness probe.
	Ready       bool `json:"ready"`
	Terminating bool `json:"terminating"`
}

// Socket is the address and the port as they are written, such as 10.244.0.3:8080.
func (e Endpoint) Socket() string {
	if e.Port == 0 {
		return e.Address + ", no port"
	}
	return net.JoinHostPort(e.Address, strconv.Itoa(int(e.Port)))
}

// State is terminating, ready or not ready.
func (e Endpoint) State() string {
	switch {
	case e.Terminating:
		return "terminating"
	case e.Ready:
		return "ready"
	}
	return "not ready"
}
