//go:build e2e

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// passwords returns the passwords of the databases by the name of their Secret.
func (s *scenario) passwords(t *testing.T) map[string]string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Data     struct{ Password []byte }
		}
	}
	if err := json.Unmarshal([]byte(s.run("kubectl get secrets --output json --namespace "+s.outputs.Namespace)), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, secret := range list.Items {
		found[secret.Metadata.Name] = string(secret.Data.Password)
	}
	return found
}

// samePasswords fails the test if a password differs from the first update's.
func (s *scenario) samePasswords(t *testing.T) {
	t.Helper()
	if now := s.passwords(t); !maps.Equal(now, s.firstPasswords) {
		t.Errorf("the Secrets are now %v, want %v with the same passwords", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(s.firstPasswords)))
	}
}

// secrecy searches state, outputs, previews, manifests and logs for passwords and for the cluster's credentials.
func (s *scenario) secrecy(t *testing.T) {
	secrets := map[string]string{}
	for name, password := range s.passwords(t) {
		if len(password) < 20 {
			t.Errorf("the password in %s has %d characters, want at least 20", name, len(password))
		}
		secrets[name], secrets[name+" in base64"] = password, base64.StdEncoding.EncodeToString([]byte(password))
	}
	if len(secrets) != 6 {
		t.Fatalf("there are %d passwords and encoded ones, want 6", len(secrets))
	}
	secrets["the key of the kubeconfig"] = s.run("kubectl config view --raw --output jsonpath={.users[0].user.client-key-data}")
	places := []string{
		"pulumi stack export", "pulumi stack output --json", "cat .local/pulumi/.pulumi/stacks/kubernetes-networking/dev.json",
		"pulumi preview --non-interactive --diff --replace '**Secret**'", "pulumi preview --json --show-sames",
		"pulumi preview --non-interactive --logtostderr --logflow -v=5", // from 7 on, Pulumi logs every value
		"PULUMI_DEBUG_COMMANDS=true pulumi preview --refresh --event-log .local/events.json >/dev/null && cat .local/events.json",
		"make manifests && cat .local/manifests/dev/*",
		"kubectl logs --prefix --tail=-1 --all-containers --selector app.kubernetes.io/part-of=kubernetes-networking --namespace " + s.outputs.Namespace,
	}
	for _, place := range places {
		printed := s.run(place)
		for name, secret := range secrets {
			if strings.Contains(printed, secret) {
				t.Errorf("%s prints %s", place, name)
			}
		}
	}
}
