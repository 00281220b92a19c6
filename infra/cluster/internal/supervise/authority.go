package supervise

import (
	"context"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// authorityPublished checks that every namespace's ConfigMap has the cluster's authority. A Pod that is started with another
// one's does not believe the API server, and is told only a minute later.
func (c *cluster) authorityPublished(ctx context.Context) error {
	authority, err := os.ReadFile(c.root.PKI("ca.crt"))
	if err != nil {
		return err
	}
	published, err := c.client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=kube-root-ca.crt"})
	if err != nil {
		return err
	}
	for _, configMap := range published.Items {
		if configMap.Data["ca.crt"] != string(authority) {
			return fmt.Errorf("namespace %s has the authority that was", configMap.Namespace)
		}
	}
	return nil
}
