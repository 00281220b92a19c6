package interrupted

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// everywhere is what Kubernetes itself puts into each namespace.
var everywhere = []string{"configmap/kube-root-ca.crt"}

// Own reports whether found, a namespace as kubectl prints it, is the one that the update asked for: it has all labels
// that were to be, and contains, by kind and name, nothing that somebody has made. All else is made after the namespace
// has been noted.
func Own(asked Creation, found []byte, contains []string) (bool, error) {
	var namespace struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(found, &namespace); err != nil {
		return false, fmt.Errorf("read the namespace %s: %w", asked.Name, err)
	}
	for label := range maps.Keys(asked.Labels) {
		if namespace.Metadata.Labels[label] != asked.Labels[label] {
			return false, nil
		}
	}
	foreign := slices.ContainsFunc(contains, func(object string) bool { return !slices.Contains(everywhere, object) })
	return len(asked.Labels) > 0 && !foreign, nil
}
