package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"
)

// TestPulumiYAMLDeclaresEveryKeyAndItsDefault: otherwise `pulumi config set` would accept a key that the program
// ignores.
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
	declared := map[string]string{}
	for key, value := range project.Config {
		declared[key] = ""
		if value.Default != nil {
			declared[key] = fmt.Sprint(value.Default)
		}
	}
	read := keysRead(t)
	if want := slices.Sorted(maps.Keys(declared)); !slices.Equal(read, want) {
		t.Errorf("the program reads the keys\n%q, Pulumi.yaml declares\n%q", read, want)
	}
	for key, value := range valid() {
		if fallback, found := declared[key]; !found || fallback != "" && fallback != value {
			t.Errorf("the default of %s is %q in Pulumi.yaml, and %q in the tests", key, fallback, value)
		}
	}
}

// keysRead returns the keys that Load reads.
func keysRead(t *testing.T) []string {
	t.Helper()
	var keys []string
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		r := newReader(ctx, "/checkout")
		_ = r.load()
		keys = r.keys
		return nil
	}, pulumi.WithMocks("kubernetes-networking", "test", noResources{}))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}
