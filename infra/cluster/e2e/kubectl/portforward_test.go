//go:build e2e

package kubectl

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// get returns the status, the length and the hash of a response.
func get(url string) (string, error) {
	transport := &http.Transport{DisableKeepAlives: true} // a connection for each request
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, response.Body)
	return fmt.Sprintf("%s %d bytes %x", response.Status, n, hash.Sum(nil)), err
}

func TestPortForwardCarriesManyConnectionsAndLargeBodies(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	const size = 16 << 20
	startPod(t, ns, "web", container("main", fmt.Sprintf("mkdir /www; head -c %d /dev/zero > /www/big; echo hello > /www/small; exec httpd -f -p 80 -h /www", size)))
	address, _ := clustertest.PortForward(t, ns, "pod/web", "80")
	want := map[string]string{
		"big":   fmt.Sprintf("200 OK %d bytes %x", size, sha256.Sum256(make([]byte, size))),
		"small": fmt.Sprintf("200 OK 6 bytes %x", sha256.Sum256([]byte("hello\n"))),
	}
	var group sync.WaitGroup
	for i := range 40 {
		name := "small"
		if i%20 == 0 {
			name = "big"
		}
		group.Go(func() {
			if got, err := get("http://" + address + "/" + name); got != want[name] || err != nil {
				t.Errorf("request %d, for %s: %s, %v, want %s", i, name, got, err, want[name])
			}
		})
	}
	group.Wait()
}

func TestPortForwardFindsThePodByServiceAndPortName(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, deployment("web", 1, fmt.Sprintf("{name: main, image: %q, ports: [{name: pages, containerPort: 80}], command: [sh, -c, %q]}", clustertest.Busybox, web)))
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, port: 8080, targetPort: pages}]}}`)
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	for _, target := range [][2]string{{"service/web", "8080"}, {"service/web", "http"}, {"deployment/web", "80"}, {"deployment/web", "pages"}} {
		address, port := clustertest.PortForward(t, ns, target[0], target[1])
		if port != "80" {
			t.Errorf("port %s of %s is forwarded to port %s of the Pod, want 80", target[1], target[0], port)
		}
		response, err := http.Get("http://" + address)
		if err != nil {
			t.Errorf("%s: %v", target[0], err)
			continue
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if !strings.HasPrefix(string(body), "web-") {
			t.Errorf("%s returns %q, want the name of a Pod of web", target[0], body)
		}
	}
}

func TestPortForwardFailsIfThePodRefuses(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "idle", container("main", "sleep 1000"))
	address, _ := clustertest.PortForward(t, ns, "pod/idle", "80")
	if got, err := get("http://" + address); err == nil {
		t.Errorf("without a server the response is %s", got)
	}
}
