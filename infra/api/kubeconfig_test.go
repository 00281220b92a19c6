package api

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/kubeconfig"
)

// writeKubeconfig writes a file with two complete contexts: here, the current one, is the server, and elsewhere is not.
func writeKubeconfig(t *testing.T, server *httptest.Server, user string) kubeconfig.Kubeconfig {
	t.Helper()
	return kubeconfigFile(t, server.URL, server.Certificate(), user)
}

func kubeconfigFile(t *testing.T, url string, authority *x509.Certificate, user string) kubeconfig.Kubeconfig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	encoded := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}))
	content := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: elsewhere, context: {cluster: far, user: me}}
- {name: here, context: {cluster: near, user: me}}
- {name: half, context: {cluster: gone, user: me}}
clusters:
- {name: far, cluster: {server: "https://far.test:6443"}}
- {name: near, cluster: {server: %q, certificate-authority-data: %q}}
users:
- {name: me, user: %s}
`, url, encoded, user)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig.AtPath(path)
}

func TestKubeconfigOfTheEnvironmentIsNotRead(t *testing.T) {
	ambient := writeKubeconfig(t, server(t, answers{"/api": "{}"}), ada)
	t.Setenv("KUBECONFIG", ambient.String())
	empty := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(empty, []byte("apiVersion: v1\nkind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Connect(kubeconfig.AtPath(empty), ""); err == nil || !strings.Contains(err.Error(), `has no context "", its contexts are []`) {
		t.Errorf("error is %v, want that the file has no contexts", err)
	}
}

func TestContextChoosesTheCluster(t *testing.T) {
	running := server(t, nil)
	for context, want := range map[string]string{"": running.URL, "here": running.URL, "elsewhere": "https://far.test:6443"} {
		cluster, err := Connect(writeKubeconfig(t, running, ada), context)
		if err != nil {
			t.Fatal(err)
		}
		if cluster.address != want {
			t.Errorf("context %q leads to %s, want %s", context, cluster.address, want)
		}
	}
}

// TestAKeyInPlaceOfItsFileIsNotShown: client-key is the name of a file, and people set it to the value of
// client-key-data.
func TestAKeyInPlaceOfItsFileIsNotShown(t *testing.T) {
	running := server(t, nil)
	long := strings.Repeat("s3cret", 100)
	for field, user := range map[string]string{
		"client-key":         `{client-certificate-data: Y2VydA==, client-key: s3cretword}`,
		"client-certificate": `{client-certificate: ` + long + `, client-key-data: a2V5}`,
		"tokenFile":          `{tokenFile: s3cretword}`,
	} {
		_, err := Connect(writeKubeconfig(t, running, user), "")
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: the error is %v, want the field in it", field, err)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the message shows the value: %v", field, err)
		}
	}
}

// TestASecretKubeconfigIsNotQuoted: every name in these kubeconfigs is secret.
func TestASecretKubeconfigIsNotQuoted(t *testing.T) {
	const exec = "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, installHint: s3cret, command: "
	for name, c := range map[string]struct{ context, cluster, user, want string }{
		"unknown current context": {"s3cret-gone", "s3cret-cluster", "{token: s3cret}", "does not have the context"},
		"missing cluster":         {"s3cret-context", "s3cret-gone", "{token: s3cret}", "is not complete"},
		"auth-provider":           {"s3cret-context", "s3cret-cluster", "{auth-provider: {name: s3cret-provider}}", "has an auth-provider"},
		"missing plugin":          {"s3cret-context", "s3cret-cluster", "{" + exec + "s3cret-login}}", "not installed"},
		"invalid plugin":          {"s3cret-context", "s3cret-cluster", "{exec: {apiVersion: s3cret, interactiveMode: Never, command: sh}}", "kubectl"},
		"key in place of a file":  {"s3cret-context", "s3cret-cluster", "{client-certificate-data: Y2VydA==, client-key: /s3cret}", "client-key must be"},
	} {
		t.Run(name, func(t *testing.T) {
			from, err := kubeconfig.FromContents(fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: %s
contexts:
- {name: s3cret-context, context: {cluster: %s, user: s3cret-user}}
clusters:
- {name: s3cret-cluster, cluster: {server: "https://near.test"}}
users:
- {name: s3cret-user, user: %s}
`, c.context, c.cluster, c.user))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Connect(from, "")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "kubernetes-networking:kubeconfig") {
				t.Fatalf("error is %v, want %q in it", err, c.want)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line, or quotes the kubeconfig: %v", err)
			}
		})
	}
}

// shown is a file that stands for the standard error of the program.
var shown *os.File

func TestMain(m *testing.M) {
	stderr := os.Stderr
	var err error
	if shown, err = os.CreateTemp("", "stderr"); err == nil {
		os.Stderr = shown
		_, err = DiscardStderr()
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.Remove(shown.Name())
	os.Exit(code)
}

// TestTheOutputOfACredentialPluginIsNotShown: its messages and its credentials may be secret.
func TestTheOutputOfACredentialPluginIsNotShown(t *testing.T) {
	for command, want := range map[string]string{
		"echo s3cretword >&2; exit 3":   "exit code 3",
		"echo '{s3cretword'":            "its output is not valid",
		`echo '{\"kind\":\"s3cret\"}'`:  "its output is not valid",
		"echo s3cretword; echo; exit 1": "exit code 1",
	} {
		from := writeKubeconfig(t, server(t, answers{"/api": "{}"}), `{exec: {apiVersion: client.authentication.k8s.io/v1,
    interactiveMode: Never, installHint: s3cretword, command: sh, args: ["-c", "`+command+`"]}}`)
		cluster, err := Connect(from, "")
		if err == nil {
			err = cluster.Answers(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error is %v, want one line with %q", command, err, want)
		}
		if printed, err := os.ReadFile(shown.Name()); err != nil || len(printed) > 0 {
			t.Errorf("%s: standard error has %q (%v), want nothing", command, printed, err)
		}
	}
}

func TestACredentialPluginWhoseOutputWouldBeShownIsRefused(t *testing.T) {
	discarded := os.Stderr
	os.Stderr = shown
	defer func() { os.Stderr = discarded }()
	from := writeKubeconfig(t, server(t, nil), `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh}}`)
	if _, err := Connect(from, ""); err == nil || !strings.Contains(err.Error(), "DiscardStderr") {
		t.Errorf("error is %v, want a refusal", err)
	}
}
