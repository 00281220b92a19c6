package config

import (
	"strings"
	"testing"
)

func TestAnUnknownKeyIsRefusedWithTheNearestKnownOne(t *testing.T) {
	for key, nearest := range map[string]string{
		"replicass": "replicas", "Lab": "lab", "service-type": "serviceType", "SERVICE_TYPE": "serviceType", "servicetype": "serviceType",
		"kubeConfig": "kubeconfig", "imageRepository": "imageRepo", "databaseStorageSize": "databaseStorage", "ordersDatabaseDSN": "ordersDatabaseDsn",
		"retain-data": "retainData", "otelEndpoint": "otlpEndpoint", "name.space": "namespace",
	} {
		_, err := load(t, map[string]string{key: "s3cretword"})
		if err == nil {
			t.Errorf("%s is accepted", key)
			continue
		}
		for _, want := range []string{"kubernetes-networking:" + key, "`pulumi config set " + nearest + " VALUE`", "`pulumi config rm " + key + "`"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, want %q in it", key, err, want)
			}
		}
		if strings.Contains(err.Error(), "s3cretword") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the message is more than one line or shows the value: %v", key, err)
		}
	}
}

func TestAKeyOfTheDefaultProviderIsRefusedIfItDiffers(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       []string
	}{
		{"kubernetes:context", "prod", []string{"kubernetes:context", "`pulumi config set context VALUE`", "`pulumi config rm kubernetes:context`"}},
		{"kubernetes:namespace", "other", []string{"kubernetes:namespace", "kubernetes-networking:namespace"}},
		{"kubernetes:kubeconfig", contents, []string{"kubernetes:kubeconfig", "kubernetes-networking:kubeconfig"}},
		{"kubernetes:namespace", "kubernetes-networking", nil},
		{"kubernetes:enableServerSideApply", "true", nil},
		{"pulumi:disable-default-providers", `["kubernetes"]`, nil},
		{"aws:region", "eu-west-1", nil},
		{"kubernetes-network:replicas", "2", []string{"kubernetes-network:replicas", "`pulumi config set replicas VALUE`"}},
		{"kubernetesNetworking:replicass", "2", []string{"kubernetesNetworking:replicass", "`pulumi config set replicas VALUE`"}},
	} {
		_, err := load(t, map[string]string{c.key: c.value})
		if (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s=%s: the error is %v, want one with %q", c.key, c.value, err, c.want)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, want %q in it", c.key, err, want)
			}
		}
		if err != nil && (strings.Contains(err.Error(), "s3cretword") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: the message is more than one line or shows the value: %v", c.key, err)
		}
	}
}
