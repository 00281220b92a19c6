// Package retained tells what of a stack's data stays when the stack is destroyed. What counts then is the protection
// that the last update noted in the state, not the configuration.
package retained

import (
	"encoding/json"
	"fmt"
	"strings"
)

// kinds hold the data, by the end of their URNs' types. A password is one of a database that the stack makes; other
// Secrets hold what the configuration says.
var kinds = []struct{ of, name string }{
	{"kubernetes:core/v1:Namespace", "namespace"},
	{"kubernetes:core/v1:PersistentVolumeClaim", "claim"},
	{"kubernetes-networking:database:Database$kubernetes:core/v1:Secret", "password"},
}

// Data says which of the deployed resources that hold data a destroy with --exclude-protected keeps, and which it
// deletes: a line for people, such as "1 namespace, 3 claims, 3 passwords", or nothing.
type Data struct{ Kept, Deleted string }

// Read reads the stack's state as `pulumi stack export` prints it.
func Read(export []byte) (Data, error) {
	var state struct {
		Deployment struct {
			Resources []struct {
				URN     string `json:"urn"`
				Protect bool   `json:"protect"`
				Delete  bool   `json:"delete"` // replaced already, and still to be deleted
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

// kindOf is the name of the resource's kind if it holds data. A URN is urn:pulumi:<stack>::<project>::<types>::<name>.
func kindOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return ""
	}
	for _, kind := range kinds {
		if strings.HasSuffix(parts[2], kind.of) {
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
