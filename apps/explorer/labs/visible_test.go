package labs_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/labs"
)

func TestALabIsVisibleWhenAllCallsThatItBreaksFailForItsCause(t *testing.T) {
	working := func(from, to string) calls.Call { return calls.Call{From: from, To: to, State: calls.Working} }
	unknown := func(from, to string) calls.Call { return calls.Call{From: from, To: to, State: calls.Unknown} }
	failing := func(from, to string, cause diagnosis.Cause) calls.Call {
		return calls.Call{From: from, To: to, State: calls.Failing, Cause: cause}
	}
	for name, test := range map[string]struct {
		lab  contract.Lab
		all  []calls.Call
		want bool
	}{
		"no call fails":                          {contract.WrongPort, []calls.Call{working("a", "b")}, false},
		"both callers of a server fail":          {contract.WrongPort, []calls.Call{failing("a", "b", diagnosis.WrongTargetPort), failing("c", "b", diagnosis.WrongTargetPort), working("a", "c")}, true},
		"one of its callers is answered":         {contract.WrongPort, []calls.Call{failing("a", "b", diagnosis.WrongTargetPort), working("c", "b")}, false},
		"one of its callers is not measured":     {contract.WrongPort, []calls.Call{failing("a", "b", diagnosis.WrongTargetPort), unknown("c", "b")}, true},
		"one fails for the cause of another lab": {contract.WrongPort, []calls.Call{failing("a", "b", diagnosis.WrongTargetPort), failing("c", "b", diagnosis.NoAnswer)}, false},
		"all calls of a caller fail":             {contract.DenyDNS, []calls.Call{failing("a", "b", diagnosis.DNSDenied), failing("a", "c", diagnosis.DNSDenied), working("d", "b")}, true},
		"one call of the caller works":           {contract.DenyDNS, []calls.Call{failing("a", "b", diagnosis.DNSDenied), working("a", "c")}, false},
		"one call is denied":                     {contract.DenyCall, []calls.Call{failing("a", "b", diagnosis.PolicyDenied), working("a", "c"), working("c", "b")}, true},
		"one of two causes shows":                {contract.DatabaseDown, []calls.Call{failing("b", "c", diagnosis.ScaledToZero), working("a", "b")}, false},
		"both causes show":                       {contract.DatabaseDown, []calls.Call{failing("b", "c", diagnosis.ScaledToZero), failing("a", "b", diagnosis.DatabaseDown)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := labs.Find(test.lab).Visible(test.all); got != test.want {
				t.Errorf("visible is %t, want %t", got, test.want)
			}
		})
	}
}
