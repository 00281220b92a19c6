package pki_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
)

// newRoot has a kubeadm that notes its arguments and prints them as the kubeconfig. What the real one makes, a cluster
// that starts shows.
func newRoot(t *testing.T) layout.Root {
	t.Helper()
	root := layout.Root(t.TempDir())
	for _, folder := range []string{root.Bin(""), root.State()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!/bin/sh\necho \"$*\" | tee -a " + root.State("calls") + "\n"
	if err := os.WriteFile(root.Bin("kubeadm"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return root
}

// ensure returns the users that Ensure had made, sorted.
func ensure(t *testing.T, root layout.Root) []string {
	t.Helper()
	_ = os.Remove(root.State("calls"))
	if err := pki.Ensure(root); err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(root.State("calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var made []string
	for word := range strings.FieldsSeq(string(calls)) {
		if user, ok := strings.CutPrefix(word, "--client-name="); ok {
			made = append(made, user)
		}
	}
	slices.Sort(made)
	return made
}

func TestEachComponentHasAUserOfItsOwn(t *testing.T) {
	root := newRoot(t)
	want := []string{"admin", pki.LoadBalancer, pki.NetworkPolicies, pki.Provisioner, "system:kube-proxy"}
	if got := ensure(t, root); !slices.Equal(got, want) {
		t.Errorf("made are %q, want %q", got, want)
	}
	for _, user := range want[1:] {
		content, err := os.ReadFile(root.UserKubeconfig(user))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(content); !strings.Contains(text, "--client-name="+user+" ") || strings.Contains(text, "system:masters") {
			t.Errorf("%s was made with %s", filepath.Base(root.UserKubeconfig(user)), text)
		}
	}
}

func TestClusterOfAnEarlierVersionGetsTheUsersItLacks(t *testing.T) {
	root := newRoot(t)
	ensure(t, root)
	if got := ensure(t, root); len(got) > 0 {
		t.Errorf("a second start makes %q again", got)
	}
	if err := os.Remove(root.UserKubeconfig(pki.NetworkPolicies)); err != nil {
		t.Fatal(err)
	}
	if got, want := ensure(t, root), []string{pki.NetworkPolicies}; !slices.Equal(got, want) {
		t.Errorf("made are %q, want only the missing %q", got, want)
	}
}
