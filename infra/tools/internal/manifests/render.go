package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// Render returns a file for each Kubernetes object of the preview, by its name: <kind>-<name>.yaml.
func Render(preview []byte) (map[string][]byte, error) {
	p, err := parse(preview)
	if err != nil {
		return nil, err
	}
	objects := p.objects()
	if len(objects) == 0 {
		return nil, errors.New("the preview of the stack holds no Kubernetes object")
	}
	review := newReview(objects)
	files := map[string][]byte{}
	for _, object := range objects {
		object = review.object(object)
		kind, _ := object["kind"].(string)
		name := strings.ToLower(kind) + "-" + nameOf(object) + ".yaml"
		if _, taken := files[name]; taken {
			return nil, fmt.Errorf("two objects of the stack would be written to %s", name)
		}
		var content bytes.Buffer
		encoder := yaml.NewEncoder(&content) // which sorts keys
		encoder.SetIndent(2)
		if err := errors.Join(encoder.Encode(object), encoder.Close()); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		files[name] = content.Bytes()
	}
	return files, nil
}

// Write replaces the content of folder with these files.
func Write(folder string, files map[string][]byte) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
