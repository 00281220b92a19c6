package main

import (
	"reflect"
	"slices"
	"testing"
)

// TestRetainedDataIsProtected: with retainData, destroy keeps the namespace, the passwords and the claims.
func TestRetainedDataIsProtected(t *testing.T) {
	for retain, want := range map[bool][]string{
		false: nil,
		true: {
			namespaceType + " shop",
			claimType + " {clients-database}", claimType + " {orders-database}", claimType + " {products-database}",
			secretType + " {clients-database}", secretType + " {orders-database}", secretType + " {products-database}",
		},
	} {
		stack := testStack()
		stack.RetainData = retain
		engine := &recorder{}
		if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
			t.Fatal(err)
		}
		var protected []string
		for kind, resources := range engine.declared {
			for name, args := range resources {
				if args.RegisterRPC.GetProtect() {
					protected = append(protected, kind+" "+name)
				}
			}
		}
		want = allNamed(want)
		slices.Sort(want)
		slices.Sort(protected)
		if !slices.Equal(protected, want) {
			t.Errorf("with retainData=%v these are protected: %q, want %q", retain, protected, want)
		}
	}
}

// TestStorageClassOfAClaimStays: another class would replace the claim and delete the data.
func TestStorageClassOfAClaimStays(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	if got := len(engine.declared[claimType]); got != 3 {
		t.Errorf("%d claims, want 3", got)
	}
	for name, claim := range engine.declared[claimType] {
		if kept := claim.RegisterRPC.GetIgnoreChanges(); !slices.Equal(kept, []string{"spec.storageClassName"}) {
			t.Errorf("the claim %s ignores changes of %q, want its storage class", name, kept)
		}
	}
}

// TestOnlySecretsAreNamedByPulumi: with a fixed name, server-side apply finds an object of an update that was killed
// before it wrote its state. A Secret is immutable, so that it is replaced by one with another name.
func TestOnlySecretsAreNamedByPulumi(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for kind, resources := range engine.declared {
		for resourceName, args := range resources {
			metadata, hasMetadata := args.Inputs["metadata"]
			if !hasMetadata {
				continue
			}
			want := any(resourceName)
			if kind == secretType {
				want = nil
			}
			if got := at(t, plain(metadata), "name"); got != want {
				t.Errorf("%s %s has the name %v, want %v", kind, resourceName, got, want)
			}
		}
	}
}

func TestReplicasCanBeMovedOneAtATime(t *testing.T) {
	for replicas, budgets := range map[int]int{1: 0, 2: 3, 3: 3} {
		stack := testStack()
		stack.Replicas = replicas
		engine := &recorder{}
		if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
			t.Fatal(err)
		}
		if got := len(engine.declared[budgetType]); got != budgets {
			t.Errorf("with %d replicas there are %d budgets, want %d", replicas, got, budgets)
		}
		for name := range engine.declared[budgetType] {
			labels := map[string]any{"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "kubernetes-networking"}
			want := map[string]any{
				"maxUnavailable": 1.0, "selector": map[string]any{"matchLabels": labels}, "unhealthyPodEvictionPolicy": "AlwaysAllow",
			}
			if got := at(t, engine.inputs(t, budgetType, name), "spec"); !reflect.DeepEqual(got, want) {
				t.Errorf("the budget of %s is %v, want %v", name, got, want)
			}
			spread := at(t, engine.inputs(t, deploymentType, name), "spec", "template", "spec", "topologySpreadConstraints")
			if want := []any{map[string]any{
				"maxSkew": 1.0, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
				"labelSelector": map[string]any{"matchLabels": labels}, "matchLabelKeys": []any{"pod-template-hash"},
			}}; !reflect.DeepEqual(spread, want) {
				t.Errorf("%s is spread by %v, want %v", name, spread, want)
			}
			strategy := at(t, engine.inputs(t, deploymentType, name), "spec", "strategy")
			if want := map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": 0.0, "maxSurge": 1.0}}; !reflect.DeepEqual(strategy, want) {
				t.Errorf("%s is rolled by %v, want %v", name, strategy, want)
			}
		}
	}
}
