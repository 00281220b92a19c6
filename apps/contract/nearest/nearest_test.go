package nearest_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract/nearest"
)

func TestTheNearestName(t *testing.T) {
	known := []string{"wrong-port", "wrong-selector", "deny-dns", "deny-call", "serviceType"}
	for given, want := range map[string]string{
		"wrong-prt": "wrong-port", "WRONG_PORT": "wrong-port", "wrongselector": "wrong-selector", "dns": "deny-dns",
		"deny-calls": "deny-call", "service-type": "serviceType",
	} {
		if got := nearest.Name(given, known); got != want {
			t.Errorf("the nearest name to %s is %s, want %s", given, got, want)
		}
	}
}

func TestDistanceIgnoresCaseAndSeparators(t *testing.T) {
	for pair, want := range map[[2]string]int{{"deny-dns", "DenyDNS"}: 0, {"deny-dns", "deny-dn"}: 1, {"a", "xyz"}: 3} {
		if got := nearest.Distance(pair[0], pair[1]); got != want {
			t.Errorf("the distance of %s is %d, want %d", pair, got, want)
		}
	}
}
