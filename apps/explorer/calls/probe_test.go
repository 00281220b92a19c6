package calls_test

import "example.com/kubernetes-networking/apps/internal/peer"

// newProbe is one that nobody asks.
func newProbe() *peer.Client { return peer.New("probe", "http://probe.invalid") }
