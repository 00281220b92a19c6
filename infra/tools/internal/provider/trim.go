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

// edit replaces a text that occurs once in a file.
type edit struct{ old, replacement string }

// edits holds the edits of each file, by its path in the module.
var edits = map[string][]edit{
	// The components and their imports. Their types remain in the schema, which SDKs are generated from.
	"pkg/provider/provider_construct.go": {
		{"\tproviderhelmv4 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/helm/v4\"\n", ""},
		{"\tproviderkustomizev2 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/kustomize/v2\"\n", ""},
		{"\tprovideryamlv2 \"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/yaml/v2\"\n", ""},
		{"\t\"kubernetes:yaml/v2:ConfigFile\":     provideryamlv2.NewConfigFileProvider,\n", ""},
		{"\t\"kubernetes:yaml/v2:ConfigGroup\":    provideryamlv2.NewConfigGroupProvider,\n", ""},
		{"\t\"kubernetes:helm.sh/v4:Chart\":       providerhelmv4.NewChartProvider,\n", ""},
		{"\t\"kubernetes:kustomize/v2:Directory\": providerkustomizev2.NewDirectoryProvider,\n", ""},
		{
			"\tif k.clusterUnreachable && !k.yamlRenderMode {\n",
			"\tif _, found := k.resourceProviders[req.GetType()]; !found {\n" +
				"\t\treturn nil, fmt.Errorf(\"" + withoutComponents + "\", req.GetType())\n\t}\n" +
				"\tif k.clusterUnreachable && !k.yamlRenderMode {\n",
		},
	},
	// The file with the cluster's credentials. Only the Helm chart component reads it, and nothing deletes it.
	"pkg/provider/provider.go": {
		{
			"\t\t\tconfigFile, err := writeKubeconfigToFile(apiConfig)\n" +
				"\t\t\tif err != nil {\n" +
				"\t\t\t\treturn nil, fmt.Errorf(\"failed to write kubeconfig file: %w\", err)\n" +
				"\t\t\t}\n" +
				"\t\t\thelmSettings.KubeConfig = configFile\n",
			"",
		},
	},
	// The version of the type that the required version of github.com/fluxcd/pkg/ssa returns.
	"pkg/await/await.go": {
		{"\t\"sigs.k8s.io/structured-merge-diff/v4/fieldpath\"\n", "\t\"sigs.k8s.io/structured-merge-diff/v6/fieldpath\"\n"},
	},
}

// withoutComponents is the error for a component that the trimmed provider lacks.
const withoutComponents = "%s is not available: this build of the Kubernetes provider has no components of helm.sh/v4, yaml/v2 and kustomize/v2; " +
	"install the full one with `pulumi plugin install resource kubernetes " + Version + " --reinstall`, which then takes its place"

// trim applies the edits to the copy in dir.
func trim(dir string) error {
	for name, changes := range edits {
		if err := trimFile(filepath.Join(dir, filepath.FromSlash(name)), changes); err != nil {
			return fmt.Errorf("trim the provider: %w", err)
		}
	}
	return nil
}

// trimFile applies the edits to a file. It returns an error if one of the texts does not occur exactly once.
func trimFile(path string, changes []edit) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, change := range changes {
		if n := bytes.Count(source, []byte(change.old)); n != 1 {
			return fmt.Errorf("%q occurs %d times in %s, want once", strings.TrimSpace(change.old), n, path)
		}
		source = bytes.Replace(source, []byte(change.old), []byte(change.replacement), 1)
	}
	return os.WriteFile(path, source, 0o644)
}

// embed writes the two files that the provider's main package embeds, as its generate.go does: the schema with the
// version of the release, and the compacted Terraform mapping.
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

// copySources copies the files that a build reads: not the tests, and not the generator with its 10 MB of data. Unlike
// the files of the module cache, the copies are writable.
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
