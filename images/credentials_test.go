package images

import (
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

// dockerConfig writes the only config.json that Docker and Podman would find, and returns its path.
func dockerConfig(t *testing.T, content string) string {
	t.Helper()
	home := t.TempDir()
	for _, variable := range []string{"DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"} {
		t.Setenv(variable, "")
	}
	t.Setenv("HOME", home)
	folder := filepath.Join(home, ".docker")
	t.Setenv("DOCKER_CONFIG", folder)
	file := filepath.Join(folder, "config.json")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func pushRandom(t *testing.T, repository Repository) error {
	t.Helper()
	image, err := random.Image(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = repository.publish(t.Context(), "app", image)
	return err
}

func TestPushToLoopbackNeedsNoDockerConfiguration(t *testing.T) {
	repository, _ := countingRegistry(t)
	_, port, _ := strings.Cut(string(repository), ":")
	for _, content := range []string{
		`{"credsStore": "missing"}`, `{"credHelpers": {"127.0.0.1": "missing", "localhost": "missing"}}`, `{"auths": `, ``,
	} {
		dockerConfig(t, content)
		for _, host := range []string{"127.0.0.1", "localhost"} {
			if err := pushRandom(t, Repository(host+":"+port)); err != nil {
				t.Errorf("with the config.json %q, push to %s: %v", content, host, err)
			}
		}
	}
}

func TestPushToLoopbackUsesTheRequiredPassword(t *testing.T) {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "word" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	dockerConfig(t, `{"auths": {"`+address+`": {"auth": "`+base64.StdEncoding.EncodeToString([]byte("me:word"))+`"}}}`)
	if err := pushRandom(t, Repository(address+"/demo")); err != nil {
		t.Error(err)
	}
}

func TestFailedCredentialsAreReportedWithFileAndHelper(t *testing.T) {
	for content, helper := range map[string]string{
		`{"credsStore": "missing"}`: "docker-credential-missing",
		`{"credHelpers": {"registry.example.com": "missing", "other.example.com": "other"}}`: "docker-credential-missing",
		`{"auths": `: "",
	} {
		file := dockerConfig(t, content)
		_, err := Repository("registry.example.com/team").Credentials(t.Context())
		if err == nil {
			t.Errorf("config.json %q: no error", content)
			continue
		}
		for _, want := range []string{"registry.example.com", file, helper, "DOCKER_CONFIG"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("config.json %q: %v, want %q in it", content, err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("config.json %q: more than one line: %v", content, err)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for registry, want := range map[string]bool{
		"127.0.0.1:15000": true, "127.80.0.3:80": true, "127.0.0.1": true, "localhost:5000": true, "localhost": true,
		"[::1]:5000": true, "[::1]": true,
		"128.0.0.1:5000": false, "registry.example.com": false, "localhost.example.com:5000": false, "10.0.0.1": false,
	} {
		if got := isLoopback(registry); got != want {
			t.Errorf("isLoopback(%q) = %v, want %v", registry, got, want)
		}
	}
}
