package controlplane

import (
	"context"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// checkCAPublished returns an error unless the ConfigMap kube-root-ca.crt of every namespace contains the cluster's CA
// certificate. A Pod that starts with another one does not trust the API server, and gets the new one only a minute
// later.
func (c *cluster) checkCAPublished(ctx context.Context) error {
	ca, err := os.ReadFile(c.root.PKI("ca.crt"))
	if err != nil {
		return err
	}
	options := metav1.ListOptions{FieldSelector: "metadata.name=kube-root-ca.crt"}
	published, err := c.client.CoreV1().ConfigMaps("").List(ctx, options)
	if err != nil {
		return err
	}
	for _, configMap := range published.Items {
		if configMap.Data["ca.crt"] != string(ca) {
			return fmt.Errorf("namespace %s has the old CA certificate", configMap.Namespace)
		}
	}
	return nil
}
