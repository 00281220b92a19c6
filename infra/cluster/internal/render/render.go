// Package render makes configuration files and manifests from templates. The control plane, the nodes, the Pod network
// and the add-ons use it.
package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"text/template"
)

// Text returns the template in the file name, with values. It returns an error if the template uses a value that is
// missing.
func Text(templates fs.FS, name string, values map[string]any) ([]byte, error) {
	parsed, err := template.New(path.Base(name)).Option("missingkey=error").ParseFS(templates, name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, values); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return text.Bytes(), nil
}

// Files writes a file for each template, readable for root only. paths maps the name of the template to the path of the
// file.
func Files(templates fs.FS, values map[string]any, paths map[string]string) error {
	for name, path := range paths {
		text, err := Text(templates, name, values)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
