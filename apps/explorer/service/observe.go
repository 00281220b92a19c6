package service

import (
	"context"
	"sync"
	"time"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
	probe "example.com/kubernetes-networking/apps/probe/service"
)

// observeTimeout is for one picture: the API's four lists and the probe's answers.
const observeTimeout = 8 * time.Second

// Sources are what the explorer asks.
type Sources struct {
	Network *network.Reader
	// Probe is the other container of the Pod, on localhost.
	Probe *peer.Client
	// Calls are the addresses, host:port, that the explorer is declared to call.
	Calls []string
}

// observe reads the network and lets the probe resolve the DNS name of every Service and connect to it, all at the same
// time.
func (s Sources) observe(ctx context.Context) (network.Network, error) {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	seen, err := s.Network.Read(ctx)
	if err != nil {
		return network.Network{}, err
	}
	var asked sync.WaitGroup
	var once sync.Once
	for _, workload := range seen.Workloads {
		for i := range workload.Services {
			service := &workload.Services[i]
			asked.Go(func() {
				var resolution probe.Resolution
				if err := s.Probe.Get(ctx, "/resolve?name={name}", &resolution, service.DNSName); err != nil {
					once.Do(func() { seen.ProbeProblem = problem.From(err).Detail })
					return
				}
				service.Resolution = &resolution
			})
		}
	}
	seen.Policies = s.checkPolicies(ctx, seen.Workloads)
	asked.Wait()
	return seen, nil
}
