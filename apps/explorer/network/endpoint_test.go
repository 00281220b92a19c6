package network_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/explorer/network"
)

func TestAnEndpointIsWrittenWithItsPortAndItsState(t *testing.T) {
	for want, endpoint := range map[string]network.Endpoint{
		"10.244.0.3:8080 ready":         {Address: "10.244.0.3", Port: 8080, Ready: true},
		"[fd00::3]:8080 not ready":      {Address: "fd00::3", Port: 8080},
		"10.244.0.3, no port not ready": {Address: "10.244.0.3"},
		"10.244.0.3:8080 terminating":   {Address: "10.244.0.3", Port: 8080, Terminating: true},
		"fd00::3, no port terminating":  {Address: "fd00::3", Ready: true, Terminating: true}, // publishNotReadyAddresses
	} {
		if got := endpoint.Socket() + " " + endpoint.State(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
