package preflight

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// stack returns a configuration whose cluster and registry respond.
func stack(t *testing.T) (stack config.Config, cluster, registryServer *httptest.Server) {
	t.Helper()
	cluster = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"kind": "APIVersions"}`)
	}))
	t.Cleanup(cluster.Close)
	registryServer = httptest.NewServer(registry.New())
	t.Cleanup(registryServer.Close)
	return config.Config{
		Kubeconfig: writeKubeconfig(t, cluster.URL, cluster.Certificate()),
		Repository: images.Repository(strings.TrimPrefix(registryServer.URL, "http://") + "/demo"),
	}, cluster, registryServer
}

func writeKubeconfig(t *testing.T, server string, authority *x509.Certificate) kubeconfig.Kubeconfig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: near, user: me}}
clusters:
- {name: near, cluster: {server: %q, certificate-authority-data: %q}}
users:
- {name: me, user: {token: secret}}
`, server, base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw})))
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig.AtPath(path)
}

func TestCheckPassesWhenBothAnswer(t *testing.T) {
	stack, _, _ := stack(t)
	if _, err := Check(t.Context(), stack); err != nil {
		t.Error(err)
	}
}

func TestCheckSaysWhatIsMissingAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name string
		stop func(stack *config.Config, cluster, registry *httptest.Server)
		want []string
	}{
		{
			"cluster stopped", func(_ *config.Config, cluster, _ *httptest.Server) { cluster.Close() },
			[]string{"no cluster: API server https://127.0.0.1:", "does not answer", "`make cluster`"},
		},
		{
			"no kubeconfig", func(stack *config.Config, _, _ *httptest.Server) {
				stack.Kubeconfig = kubeconfig.AtPath("/nowhere/kubeconfig")
			},
			[]string{"no cluster: the kubeconfig /nowhere/kubeconfig does not exist", "`make cluster`", "pulumi config set kubeconfig"},
		},
		{
			"registry stopped", func(_ *config.Config, _, registry *httptest.Server) { registry.Close() },
			[]string{"no image registry: image registry 127.0.0.1:", "does not answer", "set kubernetes-networking:imageRepo"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			stack, cluster, registry := stack(t)
			c.stop(&stack, cluster, registry)
			_, err := Check(t.Context(), stack)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error is %q, want %q in it", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestCheckReportsBothAtOnce(t *testing.T) {
	stack, cluster, registry := stack(t)
	cluster.Close()
	registry.Close()
	_, err := Check(t.Context(), stack)
	if err == nil || !strings.Contains(err.Error(), "no cluster") || !strings.Contains(err.Error(), "no image registry") {
		t.Errorf("error is %v, want both", err)
	}
}

func TestCheckNamesTheDockerConfigurationWithoutCredentials(t *testing.T) {
	stack, _, registry := stack(t)
	registry.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	t.Setenv("DOCKER_CONFIG", folder)
	file := filepath.Join(folder, "config.json")
	if err := os.WriteFile(file, []byte(`{"credsStore": "missing"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Check(t.Context(), stack)
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "docker-credential-missing") {
		t.Errorf("error is %v, want %s and the helper in it", err, file)
	}
}
