package main

import "testing"

// imageOf returns the image of the only container of a database's Pod.
func imageOf(t *testing.T, engine *recorder, database string) any {
	t.Helper()
	return at(t, engine.inputs(t, statefulSetType, database), "spec", "template", "spec", "containers", 0, "image")
}

func TestEveryContainerRunsItsOwnImagePinnedByDigest(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		deployment string
		container  int
		want       string
	}{
		{names.clients, 0, "clients"},
		{names.orders, 0, "orders"},
		{names.products, 0, "products"},
		{names.explorer, 0, "explorer"},
		{names.explorer, 1, "probe"},
	} {
		inputs := engine.inputs(t, deploymentType, c.deployment)
		got := at(t, inputs, "spec", "template", "spec", "containers", c.container, "image")
		if want := "registry.test/" + c.want + "@sha256:0"; got != want {
			t.Errorf("container %d of %s runs %v, want %s", c.container, c.deployment, got, want)
		}
	}
}

func TestDatabaseImageAndStorageCanBeChosen(t *testing.T) {
	stack := testStack()
	stack.DatabaseImage, stack.StorageClass, stack.DatabaseStorage = "docker.io/library/postgres:15", "fast", "2Gi"
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	if got := imageOf(t, engine, names.ordersDatabase); got != "docker.io/library/postgres:15" {
		t.Errorf("the database runs %v, want the image of databaseImage", got)
	}
	claim := at(t, engine.inputs(t, claimType, names.ordersDatabase), "spec")
	class, size := at(t, claim, "storageClassName"), at(t, claim, "resources", "requests", "storage")
	if class != "fast" || size != "2Gi" {
		t.Errorf("the volume is %v of class %v, want 2Gi of class fast", size, class)
	}
}

// TestPreviewLeavesAnUnbuiltImageOpen: a preview neither builds PostgreSQL nor invents a reference.
func TestPreviewLeavesAnUnbuiltImageOpen(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{unbuilt: true}); err != nil {
		t.Fatal(err)
	}
	// The mock engine leaves out unknown values. An invented reference would be a string, even if it were empty.
	if got := imageOf(t, engine, names.ordersDatabase); got != nil {
		t.Errorf("the database runs %q, want an unknown image", got)
	}
}
