package provider

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The real module is taken, from the module cache or through the proxy: what is tested is that its sources are those
// that the trimming was written for.
func TestPrepareTrimsTheModuleThatTheToolChainRequires(t *testing.T) {
	build := t.TempDir()
	modfile, err := Prepare(t.Context(), filepath.Join("..", "..", "pulumi"), build)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(modfile)
	if err != nil {
		t.Fatal(err)
	}
	if want := "replace " + Module + " => \"" + filepath.Join(build, "provider") + "\""; !bytes.Contains(mod, []byte(want)) {
		t.Errorf("%s lacks the line %s", modfile, want)
	}
	construct, err := os.ReadFile(filepath.Join(build, "provider", "pkg", "provider", "provider_construct.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"NewChartProvider", "NewConfigFileProvider", "NewConfigGroupProvider", "NewDirectoryProvider"} {
		if bytes.Contains(construct, []byte(word)) {
			t.Errorf("%s is still registered", word)
		}
	}
	if !bytes.Contains(construct, []byte("pulumi plugin install resource kubernetes "+Version)) {
		t.Error("a component is refused without the command that installs the full provider")
	}
	configure, err := os.ReadFile(filepath.Join(build, "provider", "pkg", "provider", "provider.go"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(configure, []byte("writeKubeconfigToFile")) {
		t.Error("the provider still writes the kubeconfig to a temporary file")
	}
	schema, err := os.ReadFile(filepath.Join(build, "provider", "cmd", "pulumi-resource-kubernetes", "schema-embed.json"))
	if err != nil {
		t.Fatal(err)
	}
	var described struct{ Name, Version string }
	if err := json.Unmarshal(schema, &described); err != nil || described.Name != "kubernetes" || described.Version != Version {
		t.Errorf("the schema is of %+v (%v), want kubernetes %s", described, err, Version)
	}
}

func TestTrimFailsOnOtherSources(t *testing.T) {
	dir := t.TempDir()
	for name, changes := range edits {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		other := "something else\n"
		for _, change := range changes[:len(changes)-1] {
			other += change.old
		}
		if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
			t.Fatal(err)
		}
		err := trimFile(path, changes)
		if missing := strings.TrimSpace(changes[len(changes)-1].old); err == nil ||
			!strings.Contains(err.Error(), strconv.Quote(missing)+" occurs 0 times in "+path) {
			t.Errorf("got %v, want an error that names the missing text and the file", err)
		}
		if content, _ := os.ReadFile(path); string(content) != other {
			t.Errorf("%s was changed although the trimming failed", name)
		}
	}
}
