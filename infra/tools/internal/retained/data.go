// Package retained computes which data of a stack a destroy keeps. A destroy keeps the resources that the last update
// has protected in the state, whatever the configuration is. stack.Retain uses it.
package retained

import (
	"encoding/json"
	"fmt"
	"strings"
)

// kinds are the resources that hold data. A password belongs to a database of the stack; other Secrets hold values of
// the configuration.
var kinds = []struct{ suffix, name string }{ // suffix of the types in a URN
	{"kubernetes:core/v1:Namespace", "namespace"},
	{"kubernetes:core/v1:PersistentVolumeClaim", "claim"},
	{"kubernetes-networking:database:Database$kubernetes:core/v1:Secret", "password"},
}

// Data lists the resources that a destroy with --exclude-protected keeps and deletes, such as "1 namespace, 3 claims, 3
// passwords". A list is empty if there are none.
type Data struct{ Kept, Deleted string }

// Read reads the stack's state as `pulumi stack export` prints it.
func Read(export []byte) (Data, error) {
	var state struct {
		Deployment struct {
			Resources []struct {
				URN     string `json:"urn"`
				Protect bool   `json:"protect"`
				Delete  bool   `json:"delete"` // it was replaced, and its deletion is pending
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(export, &state); err != nil {
		return Data{}, fmt.Errorf("read the stack's state: %w", err)
	}
	kept, deleted := map[string]int{}, map[string]int{}
	for _, resource := range state.Deployment.Resources {
		kind := kindOf(resource.URN)
		switch {
		case resource.Delete:
		case resource.Protect:
			kept[kind]++
		default:
			deleted[kind]++
		}
	}
	return Data{Kept: line(kept), Deleted: line(deleted)}, nil
}

// kindOf returns the name of the resource's kind, empty if it holds no data. A URN has the form
// urn:pulumi:<stack>::<project>::<types>::<name>.
func kindOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return ""
	}
	for _, kind := range kinds {
		if strings.HasSuffix(parts[2], kind.suffix) {
			return kind.name
		}
	}
	return ""
}

func line(counts map[string]int) string {
	var words []string
	for _, kind := range kinds {
		switch count := counts[kind.name]; count {
		case 0:
		case 1:
			words = append(words, "1 "+kind.name)
		default:
			words = append(words, fmt.Sprintf("%d %ss", count, kind.name))
		}
	}
	return strings.Join(words, ", ")
}
