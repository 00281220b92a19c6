package interrupted

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// State is a stack's state as `pulumi stack export` prints it. All fields that are not read here stay as they are.
type State struct {
	document, deployment map[string]json.RawMessage
	resources            []json.RawMessage
	noted                map[string]resource // by URN
	pending              []operation
}

type operation struct {
	Resource json.RawMessage `json:"resource"`
	Type     string          `json:"type"`
}

type resource struct {
	URN      string `json:"urn"`
	Type     string `json:"type"`
	Provider string `json:"provider"` // <URN>::<ID>
	Inputs   struct {
		Kubeconfig kubeconfig `json:"kubeconfig"`
		Context    string     `json:"context"`
		Metadata   struct {
			Name      string            `json:"name"`
			Namespace string            `json:"namespace"`
			Labels    map[string]string `json:"labels"`
		} `json:"metadata"`
	} `json:"inputs"`
}

// kubeconfig is the kubeconfig of a provider: a path, or contents, which are a secret.
type kubeconfig struct{ path, contents string }

// UnmarshalJSON reads a path or a secret. Only an export with --show-secrets holds the contents of a secret.
func (k *kubeconfig) UnmarshalJSON(content []byte) error {
	var secret struct {
		Plaintext string `json:"plaintext"` // JSON in a string
	}
	if json.Unmarshal(content, &k.path) == nil {
		return nil
	}
	if err := json.Unmarshal(content, &secret); err != nil || secret.Plaintext == "" {
		return err
	}
	return json.Unmarshal([]byte(secret.Plaintext), &k.contents)
}

// Read reads the output of `pulumi stack export`.
func Read(export []byte) (*State, error) {
	s := &State{noted: map[string]resource{}}
	if err := json.Unmarshal(export, &s.document); err != nil {
		return nil, err
	}
	if err := unmarshal(s.document["deployment"], &s.deployment); err != nil {
		return nil, err
	}
	if err := unmarshal(s.deployment["resources"], &s.resources); err != nil {
		return nil, err
	}
	for _, content := range s.resources {
		var r resource
		if err := json.Unmarshal(content, &r); err != nil {
			return nil, err
		}
		s.noted[r.URN] = r
	}
	return s, unmarshal(s.deployment["pending_operations"], &s.pending)
}

// unmarshal does nothing if content is empty: an empty stack has no deployment.
func unmarshal(content json.RawMessage, into any) error {
	if len(content) == 0 {
		return nil
	}
	return json.Unmarshal(content, into)
}

// Creation is an object that an update has requested from a cluster and not recorded.
type Creation struct {
	URN, Type, Name, Namespace string
	// Labels are the requested labels.
	Labels map[string]string
	// Kubeconfig is the path of the cluster's kubeconfig; empty if the stack holds its contents.
	Kubeconfig string
	// Contents are the contents of the kubeconfig; empty if the state was exported without secrets.
	Contents string
	// Context is the context of the kubeconfig; empty for its current one.
	Context string

	content json.RawMessage
}

// Creations returns the Kubernetes objects among the pending operations that may exist. It omits objects that the state
// holds already, such as replacements: the next update creates them again.
func (s *State) Creations() ([]Creation, error) {
	var creations []Creation
	for _, operation := range s.pending {
		var r resource
		if err := json.Unmarshal(operation.Resource, &r); err != nil {
			return nil, err
		}
		_, known := s.noted[r.URN]
		if operation.Type != "creating" || known || r.Inputs.Metadata.Name == "" || !strings.HasPrefix(r.Type, "kubernetes:") {
			continue
		}
		provider, _, _ := cutLast(r.Provider, "::")
		cluster := s.noted[provider].Inputs
		creations = append(creations, Creation{
			URN: r.URN, Type: r.Type, Name: r.Inputs.Metadata.Name, Namespace: r.Inputs.Metadata.Namespace, Labels: r.Inputs.Metadata.Labels,
			Kubeconfig: cluster.Kubeconfig.path, Contents: cluster.Kubeconfig.contents, Context: cluster.Context, content: operation.Resource,
		})
	}
	return creations, nil
}

// HasPending reports whether the state holds pending creations. Pulumi itself drops other pending operations at the
// next update.
func (s *State) HasPending() bool {
	return slices.ContainsFunc(s.pending, func(o operation) bool { return o.Type == "creating" })
}

// ID returns the object's id in Pulumi's state.
func (c Creation) ID() string {
	if c.Namespace == "" {
		return c.Name
	}
	return c.Namespace + "/" + c.Name
}

// Note adds the object to the resources of the stack, as if the update had recorded it. The next refresh removes it if
// it does not exist, and reads its fields otherwise.
func (s *State) Note(c Creation) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c.content, &fields); err != nil {
		return err
	}
	id, err := json.Marshal(c.ID())
	if err != nil {
		return err
	}
	fields["id"] = id
	content, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	s.resources = append(s.resources, content)
	return nil
}

// Settled returns the state without pending operations, for `pulumi stack import`.
func (s *State) Settled() ([]byte, error) {
	delete(s.deployment, "pending_operations")
	for _, part := range []struct {
		in    map[string]json.RawMessage
		key   string
		value any
	}{{s.deployment, "resources", s.resources}, {s.document, "deployment", s.deployment}} {
		content, err := json.Marshal(part.value)
		if err != nil {
			return nil, fmt.Errorf("write the %s: %w", part.key, err)
		}
		part.in[part.key] = content
	}
	return json.Marshal(s.document)
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}
