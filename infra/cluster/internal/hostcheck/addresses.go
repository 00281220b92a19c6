package hostcheck

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// loadBalancerAddress is the address of the first LoadBalancer Service, with the port that most Services use.
const loadBalancerAddress = "127.80.0.1:80"

func addresses(m Machine) []Finding {
	var findings []Finding
	for _, a := range []struct {
		check, address string
		result         Result // if another program holds it
		consequence    string // for other programs while the cluster holds it
	}{
		{"API server's address", layout.APIAddress, Failed, ""},
		{"registry's address", layout.RegistryAddress, Failed, ""},
		{
			"LoadBalancer's address", loadBalancerAddress, Warning,
			": other programs can listen on port 80 of single addresses, not on 0.0.0.0:80",
		},
	} {
		if m.Running != 0 { // the listeners are the cluster's own
			findings = append(findings, Finding{a.check, OK, a.address + ", held by the running cluster" + a.consequence, ""})
			continue
		}
		findings = append(findings, address(a.check, a.address, a.result))
	}
	return findings
}

// address tries to listen on a loopback address of the host.
func address(check, address string, taken Result) Finding {
	listener, err := net.Listen("tcp4", address)
	if err == nil {
		listener.Close()
		return Finding{Check: check, Result: OK, Found: address + " is free"}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		_, port, _ := net.SplitHostPort(address)
		return Finding{
			check, taken, address + " is in use by another program",
			fmt.Sprintf("find it with `ss -ltnp 'sport = :%s'`, stop it and try again", port),
		}
	}
	return Finding{
		check, taken, fmt.Sprintf("cannot listen on %s: %v", address, err), "enable the loopback device: `ip link set lo up`",
	}
}
