//go:build e2e

// Package debian13 tests that the embedded cluster runs with the programs of Debian 13. Everything else is tested with
// those of the machine.
package debian13

import (
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) { clustertest.MainOn(m, 2, "trixie") }
