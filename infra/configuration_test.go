package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/config"
)

// configure passes a configuration to the program as the engine does: a valid one with these changes.
func configure(t *testing.T, changes map[string]string) {
	t.Helper()
	values := map[string]string{
		"kubeconfig": "/nowhere/kubeconfig", "namespace": "shop", "podNetwork": "10.244.0.0/16", "serviceType": "LoadBalancer",
		"imageRepo": "127.0.0.1:1/demo", "replicas": "3", "database": "internal", "databaseStorage": "1Gi", "retainData": "false",
		"logLevel": "info",
	}
	maps.Copy(values, changes)
	qualified, secrets := map[string]string{}, []string{}
	for key, value := range values {
		qualified["kubernetes-networking:"+key] = value
		if strings.HasSuffix(key, "Dsn") || key == "imagePullSecret" || strings.Contains(value, "\n") {
			secrets = append(secrets, "kubernetes-networking:"+key)
		}
	}
	for variable, value := range map[string]any{pulumi.EnvConfig: qualified, pulumi.EnvConfigSecretKeys: secrets} {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, string(encoded))
	}
}

// configured returns the configuration of configure.
func configured(t *testing.T, changes map[string]string) config.Config {
	t.Helper()
	configure(t, changes)
	var stack config.Config
	err := pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		stack, err = config.Load(ctx, t.TempDir())
		return err
	}, pulumi.WithMocks("kubernetes-networking", "test", &recorder{}))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
