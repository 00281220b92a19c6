//go:build e2e

package security

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestRegistryAcceptsPushesOnlyFromTheHost(t *testing.T) {
	t.Parallel()
	image, err := random.Image(1024, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(layout.RegistryAddress + "/pushed:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatalf("a push from the host: %v", err)
	}
	ns := clustertest.Namespace(t)
	for name, kind := range kinds {
		startPod(t, ns, name, kind)
		if got := fromRegistry(t, ns, name, "GET", "/v2/pushed/manifests/1"); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
			t.Errorf("from the %s Pod, GET of the pushed image returns %q", name, got)
		}
		for _, c := range []struct{ method, path string }{
			{"POST", "/v2/pushed/blobs/uploads/"},
			{"PATCH", "/v2/pushed/blobs/uploads/1"},
			{"PUT", "/v2/pushed/manifests/1"},
			{"DELETE", "/v2/pushed/manifests/1"},
		} {
			if got := fromRegistry(t, ns, name, c.method, c.path); !strings.HasPrefix(got, "HTTP/1.1 405 ") {
				t.Errorf("from the %s Pod, %s returns %q, want 405", name, c.method, got)
			}
		}
	}
	if _, err := remote.Head(ref); err != nil {
		t.Errorf("the pushed image is missing: %v", err)
	}
}

// fromRegistry sends a request from a Pod to the registry and returns the response.
func fromRegistry(t *testing.T, namespace, pod, method, path string) string {
	t.Helper()
	ip, port, _ := strings.Cut(layout.NodesRegistryAddress, ":")
	request := fmt.Sprintf(`%s %s HTTP/1.1\r\nHost: registry\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, method, path)
	return clustertest.Exec(t, namespace, pod, "sh", "-c", fmt.Sprintf("printf '%s' | nc -w 5 %s %s", request, ip, port))
}
