//go:build e2e

// Package faults tests that the cluster recovers from faults: killed components, nodes and clusters, power cuts, a full
// disk, damaged files, and concurrent or interrupted commands.
package faults

import (
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// The tests start and stop the cluster themselves, and leave it to the next test.
func TestMain(m *testing.M) { clustertest.Main(m, 0) }
