package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

// check runs checkData with a cluster that has these claims.
func check(t *testing.T, stack config.Config, cluster testCluster, preview bool) error {
	t.Helper()
	return pulumi.RunErr(func(ctx *pulumi.Context) error { return checkData(ctx, stack, cluster) },
		pulumi.WithMocks("kubernetes-networking", "test", &recorder{}), func(info *pulumi.RunInfo) { info.DryRun = preview })
}

func TestAnUpdateThatDeletesADatabaseNeedsPermission(t *testing.T) {
	declared := []string{names.clientsDatabase, names.ordersDatabase, names.productsDatabase}
	external := testStack()
	external.ClientsDatabase, external.OrdersDatabase, external.ProductsDatabase = &config.DSN{}, &config.DSN{}, &config.DSN{}
	for _, c := range []struct {
		name   string
		stack  config.Config
		claims []string
		allow  []string
		retain bool
		// refused are parts of the error; nil for no error.
		refused []string
	}{
		{name: "new", stack: testStack()},
		{name: "same", stack: testStack(), claims: declared},
		{name: "renamed", stack: testStack(), claims: append(slices.Clone(declared), "old-database"), refused: []string{"old-database", "`pulumi config set deleteDatabases old-database`"}},
		{name: "renamed and allowed", stack: testStack(), claims: []string{"old-database"}, allow: []string{"old-database"}},
		{name: "another one allowed", stack: testStack(), claims: []string{"old-database", "other"}, allow: []string{"other"}, refused: []string{"old-database", "deleteDatabases old-database,other"}},
		{name: "renamed and retained", stack: testStack(), claims: []string{"old-database"}, allow: []string{"old-database"}, retain: true, refused: []string{"old-database", "retainData false"}},
		{name: "now external", stack: external, claims: declared, refused: declared},
		{name: "now external and allowed", stack: external, claims: declared, allow: declared},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.stack.DeleteDatabases, c.stack.RetainData = c.allow, c.retain
			if err := check(t, c.stack, testCluster{claims: c.claims}, true); err != nil {
				t.Errorf("a preview ends with %v", err)
			}
			err := check(t, c.stack, testCluster{claims: c.claims}, false)
			if (err != nil) != (c.refused != nil) {
				t.Errorf("an update ends with %v, want an error with %q", err, c.refused)
			}
			for _, want := range c.refused {
				if err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("an update ends with %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestAUserWhoMayNotReadClaimsCanUpdate(t *testing.T) {
	if err := check(t, testStack(), testCluster{failure: fmt.Errorf("read: %w", api.ErrForbidden)}, false); err != nil {
		t.Errorf("an update ends with %v, want no error", err)
	}
	broken := errors.New("broken")
	if err := check(t, testStack(), testCluster{failure: broken}, false); !errors.Is(err, broken) {
		t.Errorf("an update ends with %v, want that the cluster is broken", err)
	}
}

// TestOwnDatabasesAreThoseThatAreDeclared: checkData would report a missing one as deleted.
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
		for _, claim := range want {
			labels := at(t, engine.inputs(t, claimType, claim), "metadata", "labels").(map[string]any)
			if labels["app.kubernetes.io/part-of"] != "kubernetes-networking" || labels["app.kubernetes.io/component"] != "database" {
				t.Errorf("the claim %s has the labels %v, which the selector does not find", claim, labels)
			}
		}
	}
}
