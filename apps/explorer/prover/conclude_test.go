package prover_test

import (
	"slices"
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prover"
	"example.com/kubernetes-networking/apps/internal/probe"
)

func TestAClusterThatDoesNotEnforcePoliciesIsNamed(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), false)
	wantUnenforced(t, measured, "does not enforce", "clients to products, clients to orders-database, clients to products-database and 18 more")
	if row := find(t, measured, "orders-0", "localhost", "localhost", ""); !row.Same {
		t.Errorf("localhost is a difference: %+v", row)
	}
}

// wantUnenforced checks that the policies have no effect, and the words of the detail.
func wantUnenforced(t *testing.T, measured matrix.Matrix, words ...string) {
	t.Helper()
	if measured.Enforced != "no" || measured.Differences == 0 {
		t.Errorf("%d differences, enforced: %s; want some, and no", measured.Differences, measured.Enforced)
	}
	for _, want := range words {
		if !strings.Contains(measured.EnforcedDetail, want) {
			t.Errorf("got %s, want it to contain %q", measured.EnforcedDetail, want)
		}
	}
}

func TestMissingPoliciesAreReported(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Denied = nil
	measured, _, _ := prove(t, cluster, true)
	wantUnenforced(t, measured, "no NetworkPolicies", "make up")
}

func TestPoliciesThatAllowUndeclaredConnectionsAreReported(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Denied = slices.DeleteFunc(cluster.Denied, func(policy networking.NetworkPolicy) bool {
		return policy.Name == "default-deny" || policy.Name == "products" || policy.Name == "clients"
	})
	measured, _, _ := prove(t, cluster, true)
	wantUnenforced(t, measured, "allow", "clients to products", "make up")
}

func TestAnAPIServerOnThePodsOwnNodeProvesNothing(t *testing.T) {
	cluster := demotest.NewCluster()
	plugin := &plugin{cluster: cluster, enforces: true}
	plugin.agents = demotest.Pods{Measure: func(pod, target string) probe.Measurement {
		if strings.HasPrefix(target, "tcp://kubernetes.") {
			return connected
		}
		return plugin.measure(pod, target)
	}}.Serve(t, cluster)
	measured, err := prover.New(demotest.Topology(), cluster, plugin.agents).Measure(t.Context())
	if row := find(t, measured, "orders-0", "external", "kubernetes.default.svc", ""); err != nil || !row.Same || measured.Enforced != "yes" {
		t.Errorf("got %v, %+v, enforced %s: %s; want no difference, and enforced policies", err, row, measured.Enforced, measured.EnforcedDetail)
	}
}

func TestFailuresAloneDoNotProveEnforcement(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(string, string) probe.Measurement { return refused }}.Serve(t, cluster)
	measured, err := prover.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil || measured.Enforced != "unknown" {
		t.Errorf("enforced %s, %v; want unknown", measured.Enforced, err)
	}
}

func TestUnresolvedNamesDoNotProveEnforcement(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(pod, target string) probe.Measurement {
		own := slices.ContainsFunc(cluster.Seen.Workloads, func(workload network.Workload) bool {
			return slices.ContainsFunc(workload.Pods, func(one network.Pod) bool { return one.Name == pod && strings.Contains(target, one.IP+":") })
		})
		if own || pod == "explorer-0" && strings.HasPrefix(target, "tcp://kubernetes.") {
			return connected
		}
		return probe.Measurement{Failure: &failure.Failure{Code: failure.DNS, Detail: "No DNS server answers."}}
	}}.Serve(t, cluster)
	measured, err := prover.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil || measured.Enforced != "unknown" {
		t.Errorf("enforced %s, %v; want unknown", measured.Enforced, err)
	}
}
