//go:build e2e

// Package kubectl tests that kubectl does what people expect of it.
package kubectl

import (
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) { clustertest.Main(m, 1) }
