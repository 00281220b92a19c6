package main

import "testing"

// TestAnUpdateOverwritesFieldsOfOthers: without these annotations, the next update that changes a field fails with
// "field conflict" if somebody changed the field by hand, or in an update that was killed. The namespace is not
// applied.
func TestAnUpdateOverwritesFieldsOfOthers(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for kind, resources := range engine.declared {
		for name, args := range resources {
			metadata, applied := args.Inputs["metadata"]
			if !applied || kind == namespaceType {
				continue
			}
			checked++
			for key, want := range map[string]string{
				"pulumi.com/patchFieldManager": "kubernetes-networking", "pulumi.com/patchForce": "true",
			} {
				if got := at(t, plain(metadata), "annotations", key); got != want {
					t.Errorf("%s %s has the annotation %s: %v, want %s", kind, name, key, got, want)
				}
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d objects were checked", checked)
	}
}
