package interrupted

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// export is what `pulumi stack export` prints after a kill: a provider is noted, and so is a Service that was being
// replaced; a namespace, a Secret, a provider and that Service were being created, a Deployment updated.
const export = `{"version":3,"deployment":{
	"manifest":{"time":"2026-01-02T03:04:05Z","magic":"m"},
	"secrets_providers":{"type":"passphrase"},
	"resources":[
		{"urn":"urn:p::demo","custom":true,"id":"11","type":"pulumi:providers:kubernetes","inputs":{"kubeconfig":"/home/me/config","context":"kind","enableServerSideApply":"false"}},
		{"urn":"urn:service","custom":true,"id":"demo/orders","type":"kubernetes:core/v1:Service","inputs":{"metadata":{"name":"orders","namespace":"demo"}},"sequenceNumber":12345678901234567890}
	],
	"pending_operations":[
		{"type":"creating","resource":{"urn":"urn:namespace","custom":true,"type":"kubernetes:core/v1:Namespace","provider":"urn:p::demo::11","inputs":{"metadata":{"name":"demo","labels":{"a":"b"}}}}},
		{"type":"creating","resource":{"urn":"urn:secret","custom":true,"type":"kubernetes:core/v1:Secret","provider":"urn:p::demo::11","inputs":{"metadata":{"name":"password-1a2b","namespace":"demo"},"stringData":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"v1:abc"}}}},
		{"type":"creating","resource":{"urn":"urn:provider","custom":true,"type":"pulumi:providers:kubernetes","inputs":{"kubeconfig":"/home/me/config"}}},
		{"type":"creating","resource":{"urn":"urn:service","custom":true,"type":"kubernetes:core/v1:Service","provider":"urn:p::demo::11","inputs":{"metadata":{"name":"orders","namespace":"demo"}}}},
		{"type":"updating","resource":{"urn":"urn:deployment","custom":true,"id":"demo/orders","type":"kubernetes:apps/v1:Deployment","inputs":{"metadata":{"name":"orders","namespace":"demo"}}}}
	]}}`

func TestCreationsAreTheKubernetesObjectsThatWereNotNoted(t *testing.T) {
	state := read(t, export)
	creations, err := state.Creations()
	if err != nil {
		t.Fatal(err)
	}
	var got []Creation
	for _, creation := range creations {
		creation.content = nil
		got = append(got, creation)
	}
	want := []Creation{
		{URN: "urn:namespace", Type: "kubernetes:core/v1:Namespace", Name: "demo", Labels: map[string]string{"a": "b"}, Kubeconfig: "/home/me/config", Context: "kind"},
		{URN: "urn:secret", Type: "kubernetes:core/v1:Secret", Name: "password-1a2b", Namespace: "demo", Kubeconfig: "/home/me/config", Context: "kind"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("creations are\n%+v, want\n%+v", got, want)
	}
}

func TestAKubeconfigOfContentsIsReadOnlyWithItsSecret(t *testing.T) {
	const path, signature = `"kubeconfig":"/home/me/config","context"`, `"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270"`
	for secret, want := range map[string]string{
		`"ciphertext":"v1:abc"`:                      "",
		`"plaintext":"\"apiVersion: v1\\nkind: x\""`: "apiVersion: v1\nkind: x",
	} {
		creations, err := read(t, strings.Replace(export, path, `"kubeconfig":{`+signature+`,`+secret+`},"context"`, 1)).Creations()
		if err != nil || len(creations) != 2 {
			t.Fatalf("creations are %+v, %v, want 2", creations, err)
		}
		if got := creations[0]; got.Kubeconfig != "" || got.Contents != want || got.Context != "kind" {
			t.Errorf("with %s the creation has the kubeconfig %q and the contents %q, want %q", secret, got.Kubeconfig, got.Contents, want)
		}
	}
}

// TestNotedCreationsAreResources with the id that Pulumi gives them; nothing else changes, and nothing is pending.
func TestNotedCreationsAreResources(t *testing.T) {
	state := read(t, export)
	creations, err := state.Creations()
	if err != nil {
		t.Fatal(err)
	}
	for _, creation := range creations {
		if err := state.Note(creation); err != nil {
			t.Fatal(err)
		}
	}
	settled, err := state.Settled()
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	for content, into := range map[string]*map[string]any{export: &want, string(settled): &got} {
		if err := json.Unmarshal([]byte(content), into); err != nil {
			t.Fatal(err)
		}
	}
	deployment := want["deployment"].(map[string]any)
	resources := deployment["resources"].([]any)
	for i, id := range []string{"demo", "demo/password-1a2b"} {
		resource := deployment["pending_operations"].([]any)[i].(map[string]any)["resource"].(map[string]any)
		resource["id"] = id
		resources = append(resources, resource)
	}
	deployment["resources"] = resources
	delete(deployment, "pending_operations")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the state is\n%v, want\n%v", got, want)
	}
	if again := read(t, string(settled)); again.HasPending() {
		t.Error("the settled state has pending creations")
	}
}

func TestOnlyCreationsHaveToBeSettled(t *testing.T) {
	for content, pending := range map[string]bool{
		export:                            true,
		`{}`:                              false,
		`{"deployment":{"resources":[]}}`: false,
		`{"deployment":{"pending_operations":[{"type":"deleting","resource":{"urn":"u"}}]}}`: false,
	} {
		if got := read(t, content).HasPending(); got != pending {
			t.Errorf("of %.80s pending is %v, want %v", content, got, pending)
		}
	}
}

func read(t *testing.T, content string) *State {
	t.Helper()
	state, err := Read([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return state
}
