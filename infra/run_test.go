package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/config"
)

// runChecked runs the program for a stack without a cluster and a registry, with changes to its configuration.
func runChecked(t *testing.T, engine *recorder, preview bool, changes map[string]string, declare program) error {
	t.Helper()
	configure(t, changes)
	return pulumi.RunErr(declare.checked, pulumi.WithMocks("kubernetes-networking", "test", engine),
		func(info *pulumi.RunInfo) { info.DryRun = preview })
}

func TestAnUpdateWithoutAClusterDeclaresNothing(t *testing.T) {
	engine := &recorder{}
	err := runChecked(t, engine, false, nil, demo)
	for _, want := range []string{"no cluster: the kubeconfig ", "does not exist", "`make cluster`", "no image registry: image registry 127.0.0.1:1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
	if len(engine.declared) > 0 {
		t.Errorf("these are declared: %v", engine.declared)
	}
}

func TestAPreviewGoesOnWithoutACluster(t *testing.T) {
	engine := &recorder{}
	err := runChecked(t, engine, true, nil, func(d *Demo) (pulumi.Map, error) {
		if d.cluster != nil {
			t.Errorf("the program has the cluster %v, want none", d.cluster)
		}
		return pulumi.Map{"namespace": d.namespace.Name}, nil
	})
	if err != nil {
		t.Error(err)
	}
	if len(engine.declared[namespaceType]) != 1 {
		t.Errorf("declared are %v, want the namespace", engine.declared)
	}
}

func TestAWrongConfigurationDeclaresNothing(t *testing.T) {
	engine := &recorder{}
	err := runChecked(t, engine, true, map[string]string{"replicas": "many"}, demo)
	if want := `kubernetes-networking:replicas is "many"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
	if len(engine.declared) > 0 {
		t.Errorf("these are declared: %v", engine.declared)
	}
}

// TestOwnDatabasesAreThoseThatAreDeclared: preflight would report a missing one as deleted.
func TestOwnDatabasesAreThoseThatAreDeclared(t *testing.T) {
	for name, stack := range map[string]config.Config{"internal": testStack(), "external": externalStack(t, nil)} {
		engine := &recorder{}
		if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
			t.Fatal(err)
		}
		got, want := slices.Sorted(slices.Values(ownDatabases(stack))), slices.Sorted(maps.Keys(engine.declared[claimType]))
		if !slices.Equal(got, want) {
			t.Errorf("%s: the own databases are %q, the claims %q", name, got, want)
		}
	}
}
