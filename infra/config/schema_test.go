package config

import (
	"fmt"
	"os"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestPulumiYAMLDeclaresEveryKeyAndItsDefault, or `pulumi config set` would take a key that nobody reads.
func TestPulumiYAMLDeclaresEveryKeyAndItsDefault(t *testing.T) {
	content, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var project struct {
		Config map[string]struct{ Default any }
	}
	if err := yaml.Unmarshal(content, &project); err != nil {
		t.Fatal(err)
	}
	read := valid()
	for key, declared := range project.Config {
		value, found := read[key]
		if !found {
			t.Errorf("Pulumi.yaml declares %s, and the program does not read it", key)
		}
		if declared.Default != nil && fmt.Sprint(declared.Default) != value {
			t.Errorf("the default of %s is %v in Pulumi.yaml, and %q in the tests", key, declared.Default, value)
		}
		delete(read, key)
	}
	for key := range read {
		t.Errorf("the program reads %s, and Pulumi.yaml does not declare it", key)
	}
}
