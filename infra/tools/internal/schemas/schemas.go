// Package schemas converts the OpenAPI document of Kubernetes to the JSON schemas that kubeconform reads. They are
// stricter than the API server, which only warns about an unknown field. build.Linters uses it.
package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// definitions is the file that holds all definitions. The files of the kinds refer to it.
const definitions = "_definitions.json"

type schema = map[string]any

// special replaces two types that the document declares as strings, although Kubernetes accepts numbers too.
var special = map[string]schema{
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": []string{"integer", "string"}},
	// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
	"io.k8s.apimachinery.pkg.api.resource.Quantity": {
		"type":    []string{"number", "string"},
		"pattern": `^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$`,
	},
}

// Write replaces the content of folder with the schemas of all kinds of the OpenAPI version 2 document, which is
// api/openapi-spec/swagger.json in the sources of Kubernetes.
func Write(folder string, swagger []byte) error {
	var document struct {
		Definitions map[string]schema `json:"definitions"`
	}
	if err := json.Unmarshal(swagger, &document); err != nil {
		return fmt.Errorf("read the OpenAPI document of Kubernetes: %w", err)
	}
	files := map[string]schema{definitions: {"definitions": document.Definitions}}
	for name, definition := range document.Definitions {
		for _, file := range kinds(definition) {
			files[file] = schema{"$ref": definitions + "#/definitions/" + name}
		}
		strict(definition)
	}
	maps.Copy(document.Definitions, special)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		text, err := json.Marshal(content)
		if err != nil {
			return fmt.Errorf("write the schema %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// kinds returns the file names of the kinds that a definition describes, in kubeconform's form: the kind, the first
// word of the group if there is one, and the version.
func kinds(definition schema) []string {
	list, _ := definition["x-kubernetes-group-version-kind"].([]any)
	var files []string
	for _, item := range list {
		kind, _ := item.(schema)
		group, _, _ := strings.Cut(fmt.Sprint(kind["group"]), ".")
		words := []string{fmt.Sprint(kind["kind"]), group, fmt.Sprint(kind["version"])}
		if group == "" {
			words = []string{words[0], words[2]}
		}
		files = append(files, strings.ToLower(strings.Join(words, "-"))+".json")
	}
	return files
}

// strict forbids unknown fields in objects with declared fields.
func strict(definition schema) {
	if _, known := definition["properties"]; known {
		definition["additionalProperties"] = false
	}
}
