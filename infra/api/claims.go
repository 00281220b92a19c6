package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// Claims returns the names of the PersistentVolumeClaims in the namespace that match the label selector, sorted. It
// returns none if the namespace does not exist. Claims that are being deleted are left out.
func (s *Server) Claims(ctx context.Context, namespace, labels string) ([]string, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name string
				// DeletionTimestamp is set once the claim is being deleted.
				DeletionTimestamp string
			}
		}
	}
	path := "/api/v1/namespaces/" + url.PathEscape(namespace) + "/persistentvolumeclaims" +
		"?labelSelector=" + url.QueryEscape(labels)
	if err := s.Get(ctx, path, &list); err != nil {
		return nil, fmt.Errorf("read the volume claims in the namespace %s: %w", namespace, err)
	}
	var claims []string
	for _, claim := range list.Items {
		if claim.Metadata.DeletionTimestamp == "" {
			claims = append(claims, claim.Metadata.Name)
		}
	}
	slices.Sort(claims)
	return claims, nil
}
