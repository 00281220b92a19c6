package network

import (
	"cmp"
	"slices"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
)

// joinServices returns the Services with their endpoints, sorted by name.
func joinServices(found objects) []Service {
	behind := map[string][]*discovery.EndpointSlice{}
	for _, slice := range found.slices {
		name := slice.Labels[discovery.LabelServiceName]
		behind[name] = append(behind[name], slice)
	}
	services := []Service{}
	for _, service := range found.services {
		services = append(services, newService(service, behind[service.Name]))
	}
	slices.SortFunc(services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	return services
}

func newService(service *core.Service, behind []*discovery.EndpointSlice) Service {
	result := Service{
		Name: service.Name, Type: string(service.Spec.Type), ClusterIP: service.Spec.ClusterIP,
		External: []string{}, Ports: []Port{}, Selector: map[string]string{}, Endpoints: newEndpoints(behind),
		// Without the cluster's domain, which the API does not expose: the search list adds it.
		DNSName: service.Name + "." + service.Namespace + ".svc",
	}
	if len(service.Spec.Selector) > 0 {
		result.Selector = service.Spec.Selector
	}
	for _, port := range service.Spec.Ports {
		result.Ports = append(result.Ports, Port{
			Name: port.Name, Protocol: string(port.Protocol), Port: port.Port, TargetPort: port.TargetPort.String(),
		})
	}
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		result.External = append(result.External, cmp.Or(ingress.IP, ingress.Hostname))
	}
	return result
}

// newEndpoints returns every address with every port, sorted by Pod. An endpoint that moves between slices is
// temporarily in both, and is returned once.
//
// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#duplicate-endpoints
func newEndpoints(behind []*discovery.EndpointSlice) []Endpoint {
	endpoints := []Endpoint{}
	for _, slice := range behind {
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				for _, port := range portsOf(slice) {
					endpoints = append(endpoints, newEndpoint(address, port, endpoint))
				}
			}
		}
	}
	slices.SortFunc(endpoints, func(a, b Endpoint) int {
		return cmp.Or(cmp.Compare(a.Pod, b.Pod), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port),
			readyFirst(a, b))
	})
	return slices.CompactFunc(endpoints, func(a, b Endpoint) bool { return a.Address == b.Address && a.Port == b.Port })
}

func readyFirst(a, b Endpoint) int {
	switch {
	case a.Ready == b.Ready:
		return 0
	case a.Ready:
		return -1
	}
	return 1
}

// portsOf returns the ports of a slice; a single 0 if it has none.
func portsOf(slice *discovery.EndpointSlice) []int32 {
	var ports []int32
	for _, port := range slice.Ports {
		if port.Port != nil {
			ports = append(ports, *port.Port)
		}
	}
	if len(ports) == 0 {
		return []int32{0}
	}
	return ports
}

func newEndpoint(address string, port int32, of discovery.Endpoint) Endpoint {
	result := Endpoint{Address: address, Port: port, Ready: true} // a missing condition counts as ready
	if of.Conditions.Ready != nil {
		result.Ready = *of.Conditions.Ready
	}
	if of.Conditions.Terminating != nil {
		result.Terminating = *of.Conditions.Terminating
	}
	if of.TargetRef != nil && of.TargetRef.Kind == "Pod" {
		result.Pod = of.TargetRef.Name
	}
	return result
}
