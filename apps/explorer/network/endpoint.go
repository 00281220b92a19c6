package network

import (
	"net"
	"strconv"
)

// Endpoint is an address behind a Service, from its EndpointSlices.
type Endpoint struct {
	Address string `json:"address"`
	// Port is 0 if the EndpointSlice has no port: no container has a port with the name in targetPort.
	Port int32 `json:"port"`
	// Pod is the name of the Pod at the address; empty if there is none.
	Pod string `json:"pod"`
	// Ready reports whether kube-proxy sends connections to the endpoint. If no endpoint is ready, kube-proxy uses
	// terminating endpoints that still pass their readiness probe.
	Ready       bool `json:"ready"`
	Terminating bool `json:"terminating"`
}

// Socket returns the address and the port, such as 10.244.0.3:8080.
func (e Endpoint) Socket() string {
	if e.Port == 0 {
		return e.Address + ", no port"
	}
	return net.JoinHostPort(e.Address, strconv.Itoa(int(e.Port)))
}

// State returns terminating, ready or not ready.
func (e Endpoint) State() string {
	switch {
	case e.Terminating:
		return "terminating"
	case e.Ready:
		return "ready"
	}
	return "not ready"
}
