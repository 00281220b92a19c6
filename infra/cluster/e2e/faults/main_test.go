//go:build e2e

// Package faults tests what becomes of a cluster that something happens to: components, nodes or all of it killed, the power cut,
// a full disk, damaged files, and commands that come at the wrong moment.
package faults

import (
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// The tests start and stop their cluster themselves, and leave it to the next.
func TestMain(m *testing.M) { clustertest.Main(m, 0) }
