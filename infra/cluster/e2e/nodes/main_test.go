//go:build e2e

// Package nodes tests a cluster of several nodes: communication between them, and the loss of a node.
package nodes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) { clustertest.Main(m, 3) }

// allNodes returns the names of the cluster's nodes, and whether each is Ready.
func allNodes(t *testing.T) map[string]bool {
	t.Helper()
	list, err := clustertest.Client(t).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ready := map[string]bool{}
	for _, node := range list.Items {
		ready[node.Name] = slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
			return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
		})
	}
	return ready
}

// awaitNodes waits until the cluster has exactly the given nodes, Ready or not Ready as given.
func awaitNodes(t *testing.T, want map[string]bool) {
	t.Helper()
	clustertest.Await(t, "the nodes", func() error {
		if got := allNodes(t); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("they are %v, want %v", got, want)
		}
		return nil
	})
}

// contains fails the test for each text that got lacks.
func contains(t *testing.T, what, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, got)
		}
	}
}
