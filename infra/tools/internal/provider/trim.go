package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// removed are the lines to take out of pkg/provider/provider_construct.go: the constructors and what only they import.
var removed = []string{
	"\tproviderhelmv4 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/helm/v4\"\n",
	"\tproviderkustomizev2 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/kustomize/v2\"\n",
	"\tprovideryamlv2 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/yaml/v2\"\n",
	"\t\"kubernetes:yaml/v2:ConfigFile\":     provideryamlv2.NewConfigFileProvider,\n",
	"\t\"kubernetes:yaml/v2:ConfigGroup\":    provideryamlv2.NewConfigGroupProvider,\n",
	"\t\"kubernetes:helm.sh/v4:Chart\":       providerhelmv4.NewChartProvider,\n",
	"\t\"kubernetes:kustomize/v2:Directory\": providerkustomizev2.NewDirectoryProvider,\n",
}

// trim takes the four constructors out of the copy in dir, and fails when one of them is not where it was.
func trim(dir string) error {
	path := filepath.Join(dir, "pkg", "provider", "provider_construct.go")
	source, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("trim the provider: %w", err)
	}
	for _, line := range removed {
		if n := bytes.Count(source, []byte(line)); n != 1 {
			return fmt.Errorf("trim the provider: %q is %d times in %s, want once", strings.TrimSpace(line), n, path)
		}
		source = bytes.Replace(source, []byte(line), nil, 1)
	}
	return os.WriteFile(path, source, 0o644)
}

// embed makes the two files that the provider's main package embeds, as its own generate.go does: the schema with the
// release's version in it, and the compacted Terraform mapping.
func embed(dir string) error {
	command := filepath.Join(dir, "cmd", "pulumi-resource-kubernetes")
	schema, err := os.ReadFile(filepath.Join(command, "schema.json"))
	if err != nil {
		return fmt.Errorf("embed the provider's schema: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(schema, &fields); err != nil {
		return fmt.Errorf("embed the provider's schema: %w", err)
	}
	fields["version"] = json.RawMessage(`"` + Version + `"`)
	if schema, err = json.Marshal(fields); err != nil {
		return fmt.Errorf("embed the provider's schema: %w", err)
	}
	if err := os.WriteFile(filepath.Join(command, "schema-embed.json"), schema, 0o644); err != nil {
		return err
	}
	mapping, err := os.ReadFile(filepath.Join(command, "terraform-mapping.json"))
	if err != nil {
		return fmt.Errorf("embed the provider's mapping: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, mapping); err != nil {
		return fmt.Errorf("embed the provider's mapping: %w", err)
	}
	return os.WriteFile(filepath.Join(command, "terraform-mapping-embed.json"), compact.Bytes(), 0o644)
}

// copySources copies what a build reads: no tests, and none of the generator with its 10 MB of data. The copies are
// writable, which the module cache's files are not.
func copySources(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "testdata" || name == "pulumi-gen-kubernetes" {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}
