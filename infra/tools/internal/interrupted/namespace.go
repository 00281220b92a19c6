package interrupted

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// everywhere lists the objects that Kubernetes itself creates in each namespace.
var everywhere = []string{"configmap/kube-root-ca.crt"}

// Foreign returns why found, the JSON of a namespace, may not be the one that the update has requested. It returns an
// empty string if the namespace has all requested labels and contains only objects that Kubernetes creates: an update
// creates all other objects after it has recorded the namespace. The objects in contains have the form kind/name.
func Foreign(requested Creation, found []byte, contains []string) (why string, err error) {
	var namespace struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(found, &namespace); err != nil {
		return "", fmt.Errorf("read the namespace %s: %w", requested.Name, err)
	}
	if len(requested.Labels) == 0 {
		return "it has no label that identifies it", nil
	}
	for _, label := range slices.Sorted(maps.Keys(requested.Labels)) {
		if namespace.Metadata.Labels[label] != requested.Labels[label] {
			return fmt.Sprintf("it lacks the label %s=%s", label, requested.Labels[label]), nil
		}
	}
	others := slices.DeleteFunc(slices.Clone(contains), func(object string) bool { return slices.Contains(everywhere, object) })
	if len(others) == 0 {
		return "", nil
	}
	return "it holds " + few(others), nil
}

// few returns the first of the objects, and the number of the others.
func few(objects []string) string {
	const most = 5
	if len(objects) <= most {
		return strings.Join(objects, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(objects[:most], ", "), len(objects)-most)
}
