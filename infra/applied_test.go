package main

import "testing"

// TestAnUpdateSetsWhatTheProgramSays: without these annotations a field that somebody has changed by hand, or that an
// update set which was killed, ends the next update that changes it with "field conflict". The namespace is not applied.
func TestAnUpdateSetsWhatTheProgramSays(t *testing.T) {
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
		t.Errorf("only %d objects were looked at", checked)
	}
}
