package api

import (
	"context"
	"fmt"
	"slices"
)

// Architectures returns the architectures of the Linux nodes, sorted, as GOARCH names them. It returns none if the
// cluster has no Linux node; an autoscaler may add one later.
func (s *Server) Architectures(ctx context.Context) ([]string, error) {
	var list struct {
		Items []struct {
			Status struct {
				NodeInfo struct{ OperatingSystem, Architecture string }
			}
		}
	}
	// A node takes about 10 KB. 500 nodes represent a larger cluster.
	if err := s.Get(ctx, "/api/v1/nodes?limit=500", &list); err != nil {
		return nil, fmt.Errorf("read the architectures of the nodes: %w", err)
	}
	var found []string
	for _, node := range list.Items {
		if node.Status.NodeInfo.OperatingSystem == "linux" {
			found = append(found, node.Status.NodeInfo.Architecture)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
