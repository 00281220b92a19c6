//go:build e2e

// Package kubectl tests that kubectl's commands work on the embedded cluster.
package kubectl

import (
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) { clustertest.Main(m, 1) }
