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

// writeKubeconfig writes a file with two contexts: here, which is current, leads to the server, and elsewhere does not.
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

// TestAKeyInPlaceOfItsFileIsNotShown: client-key is the name of a file, and people give it what client-key-data holds.
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
