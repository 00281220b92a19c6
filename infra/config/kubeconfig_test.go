package config

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/kubeconfig"
)

const contents = `apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: near, user: me}}
clusters:
- {name: near, cluster: {server: "https://near.test:6443"}}
users:
- {name: me, user: {token: s3cretword}}
`

const contentsInJSON = `{"apiVersion":"v1","kind":"Config","contexts":[{"name":"here","context":{"cluster":"near","user":"me"}}],` +
	`"clusters":[{"name":"near","cluster":{"server":"https://near.test"}}],"users":[{"name":"me","user":{"token":"s3cretword"}}]}`

func TestKubeconfigMayBeEncryptedContents(t *testing.T) {
	for name, text := range map[string]string{
		"YAML": contents, "without a final newline": strings.TrimSpace(contents), "byte order mark": "\ufeff" + contents,
		"blank lines": "\r\n\n" + contents + "\n\n", "Windows": strings.ReplaceAll(contents, "\n", "\r\n"), "JSON": contentsInJSON,
		"indented": "  " + strings.ReplaceAll(strings.TrimSpace(contents), "\n", "\n  "),
	} {
		loaded, err := loadWithSecrets(t, map[string]string{"kubeconfig": text}, "kubeconfig")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file, err := loaded.Kubeconfig.Load()
		if err != nil || file.Contexts["here"] == nil || file.AuthInfos["me"].Token != "s3cretword" {
			t.Errorf("%s is read as %v (%v), want the context here", name, file, err)
		}
		if strings.Contains(loaded.Kubeconfig.String(), "s3cretword") {
			t.Errorf("%s is printed as %s", name, loaded.Kubeconfig)
		}
	}
}

func TestAKubeconfigThatIsNotAcceptedIsNotShown(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(contents))
	for _, c := range []struct{ name, text, want string }{
		{"contents in plain text", contents, "is in plain text in Pulumi.test.yaml: encrypt it with `pulumi config set --secret kubeconfig"},
		{"JSON in plain text", contentsInJSON, "is in plain text"},
		{"base64", encoded, "is base64-encoded"},
		{"base64 in lines", encoded[:60] + "\n" + encoded[60:] + "\n", "is base64-encoded"},
		{"YAML with an error", strings.Replace(contents, "users:", "users: *s3cretword", 1), "is not the YAML"},
		{"a tab", strings.Replace(contents, "kind:", "\tkind:", 1), "line "},
		{"other YAML", "token: s3cretword\nuser: me\n", "it has no contexts"},
		{"no contexts", "apiVersion: v1\nkind: Config\nusers: [{name: me, user: {token: s3cretword}}]\n", "it has no contexts"},
		{"half a file", "{\"users\":\n\"s3cretword\"", "is not "},
		{"a DSN", "postgres://ada:s3cretword@db.example.com/orders", "is neither the path of a kubeconfig file"},
		{"a login", "ada:s3cretword@registry.example.com", "is neither the path of a kubeconfig file"},
		{"a pull secret", `{"auths":{"registry.example.com":{"auth":"s3cretword"}}}`, "is neither the path of a kubeconfig file"},
		{"a key", "-----BEGIN PRIVATE KEY-----\ns3cretword\n-----END PRIVATE KEY-----\n", "is not the YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, map[string]string{"kubeconfig": c.text})
			if err == nil || !strings.HasPrefix(err.Error(), "kubernetes-networking:kubeconfig ") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the error is %v, want %q in it", err, c.want)
			}
			for _, shown := range []string{"s3cret", "czNjcmV0", encoded[:20], "ada", "\n"} {
				if strings.Contains(err.Error(), shown) {
					t.Errorf("the message shows %q: %v", shown, err)
				}
			}
		})
	}
}

// TestAKubeconfigThatIsNotThereIsNamedAsAPathAlone: a value that is not clearly a path may be a password.
func TestAKubeconfigThatIsNotThereIsNamedAsAPathAlone(t *testing.T) {
	for text, shown := range map[string]bool{
		"/nowhere/kubeconfig": true, "~/.kube/config": true, "./mine": true, "../mine": true, "mine.yaml": true, "kubeconfig": true,
		".local/cluster/kubeconfig": true, "s3cretword": false, "eyJhbGciOi.s3cretword.s3cretword": false,
		"/" + strings.Repeat("s3cretword", 10): false, "czNjcmV0d29yZA==/czNjcmV0d29yZA==": false,
	} {
		loaded, err := load(t, map[string]string{"kubeconfig": text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		_, err = loaded.Kubeconfig.Load()
		last := filepath.Base(text)
		if err == nil || !strings.Contains(err.Error(), "does not exist") || strings.Contains(err.Error(), last) != shown && last != "kubeconfig" {
			t.Errorf("%s: the error is %v, want one with the path: %t", text, err, shown)
		}
	}
}

func TestAnEncryptedPathIsNotShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s3cretword.yaml")
	for range 2 { // without the file, and with it
		loaded, err := loadWithSecrets(t, map[string]string{"kubeconfig": path}, "kubeconfig")
		if err != nil || strings.Contains(loaded.Kubeconfig.String(), "s3cretword") {
			t.Errorf("the path is shown as %s (%v)", loaded.Kubeconfig, err)
		}
		write(t, path, contents)
	}
}

func TestAFileThatExistsIsAPathWhateverItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ada:me@near {1}")
	if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := load(t, map[string]string{"kubeconfig": path})
	if err != nil || loaded.Kubeconfig != kubeconfig.AtPath(path) {
		t.Errorf("%s is read as %s (%v)", path, loaded.Kubeconfig, err)
	}
}
