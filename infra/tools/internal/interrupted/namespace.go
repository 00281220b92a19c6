package interrupted

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// everywhere is what Kubernetes itself puts into each namespace.
var everywhere = []string{"configmap/kube-root-ca.crt"}

// Foreign says why found, a namespace as kubectl prints it, may not be the one that the update asked for. It says nothing
// if it certainly is: it has all labels that were to be, and contains, by kind and name, nothing that somebody has made.
// All else is made after the namespace has been noted.
func Foreign(asked Creation, found []byte, contains []string) (why string, err error) {
	var namespace struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(found, &namespace); err != nil {
		return "", fmt.Errorf("read the namespace %s: %w", asked.Name, err)
	}
	if len(asked.Labels) == 0 {
		return "no label tells it from others", nil
	}
	for _, label := range slices.Sorted(maps.Keys(asked.Labels)) {
		if namespace.Metadata.Labels[label] != asked.Labels[label] {
			return fmt.Sprintf("it lacks the label %s=%s", label, asked.Labels[label]), nil
		}
	}
	made := slices.DeleteFunc(slices.Clone(contains), func(object string) bool { return slices.Contains(everywhere, object) })
	if len(made) == 0 {
		return "", nil
	}
	return "it holds " + few(made), nil
}

// few names the first of the objects, and how many others there are.
func few(objects []string) string {
	const most = 5
	if len(objects) <= most {
		return strings.Join(objects, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(objects[:most], ", "), len(objects)-most)
}
