//go:build e2e

package kubectl

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// TestToolboxRunsTheCommandsOfTheTutorials runs commands from "Debugging DNS Resolution", "Debug Services", "Using
// Source IP" and "Declare Network Policy" of https://kubernetes.io/docs.
func TestToolboxRunsTheCommandsOfTheTutorials(t *testing.T) {
	t.Parallel()
	if err := clustertest.CheckToolbox(); err != nil {
		t.Skip(err)
	}
	ns := clustertest.Namespace(t)
	startPod(t, ns, "web", container("main", web))
	clustertest.Kubectl(t, "expose", "pod", "web", "--namespace", ns, "--port=80")
	startPod(t, ns, "tools", fmt.Sprintf("{name: main, image: %q, command: [sleep, infinity], "+
		"securityContext: {capabilities: {add: [NET_ADMIN]}}}", clustertest.Toolbox))
	ip := clustertest.Kubectl(t, "get", "pod", "web", "--namespace", ns, "--output=jsonpath={.status.podIP}")
	service := clustertest.Kubectl(t, "get", "service", "web", "--namespace", ns, "--output=jsonpath={.spec.clusterIP}")
	for command, want := range map[string]string{
		"nslookup web":                    service,
		"nslookup web." + ns:              service,
		"nslookup kubernetes.default":     "10.96.0.1",
		"nslookup kubernetes.default.svc": "10.96.0.1",
		"nslookup kubernetes.default.svc." + layout.ClusterDomain:                       "10.96.0.1",
		"nslookup -type=srv _https._tcp.kubernetes.default.svc." + layout.ClusterDomain: "443",
		"nslookup 10.96.0.1":                         "kubernetes.default.svc.",
		"host web":                                   service,
		"dig +search +short web":                     service,
		"dig +short -x " + service:                   "web." + ns,
		"cat /etc/resolv.conf":                       "search " + ns,
		"wget -qO- web":                              "web",
		"wget --timeout=5 -qO- http://web":           "web",
		"wget -T 5 -qO- " + service:                  "web",
		"wget --spider --timeout=5 web 2>&1":         "200 OK",
		"wget -T 1 -t 1 -qO- http://web:81; echo $?": "4",
		"curl -sS --connect-timeout 5 http://web":    "web",
		"curl -sS -k -o /dev/null -w '%{http_code}' https://kubernetes.default/version": "401",
		"nc -zv web 80 2>&1":                             "succeeded",
		"nc -z -w 2 web 80 && echo open":                 "open",
		"nc -z -w 2 web 81 || echo closed":               "closed",
		"bash -c 'exec 3<>/dev/tcp/web/80' && echo open": "open",
		"ping -c 1 -W 5 " + ip:                           " 0% packet loss",
		"traceroute -n -m 2 " + ip:                       ip,
		"ip route":                                       "default via",
		"ip -brief address":                              "eth0",
		"nc -l 8080 & until ss -tln | grep :8080; do :; done; kill $!":                 ":8080",
		"ping -c 20 " + ip + " >/dev/null & timeout 20 tcpdump -nn -c 1 icmp; kill $!": "ICMP echo",
		"nft list ruleset && echo listed":                                              "listed",
		"conntrack -L 2>/dev/null; echo $?":                                            "0",
		"psql --version":                                                               "PostgreSQL",
		"pg_isready --host=web --port=80 --timeout=1; echo $?":                         "2",
	} {
		t.Run(command, func(t *testing.T) {
			got, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "tools", "--", "sh", "-c", command)
			if err != nil || !strings.Contains(got, want) {
				t.Errorf("it prints %q (%v), want %q in it", got, err, want)
			}
		})
	}
}

// TestOtherToolsReadTheRegistry copies images out of the registry and back with skopeo, which checks media types
// strictly.
func TestOtherToolsReadTheRegistry(t *testing.T) {
	t.Parallel()
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		t.Skip("this machine has no skopeo, which make e2e-cluster installs")
	}
	folder := "oci:" + t.TempDir() + ":copy"
	for _, image := range []string{clustertest.Busybox, clustertest.Toolbox, clustertest.ServerImage(t)} {
		for _, arguments := range [][]string{
			{"inspect", "--tls-verify=false", "docker://" + image},
			{"copy", "--src-tls-verify=false", "docker://" + image, folder},
			{"copy", "--dest-tls-verify=false", folder, "docker://" + layout.RegistryAddress + "/copied/by-skopeo:1"},
			{"inspect", "--tls-verify=false", "docker://" + layout.RegistryAddress + "/copied/by-skopeo:1"},
			{"delete", "--tls-verify=false", "docker://" + layout.RegistryAddress + "/copied/by-skopeo:1"},
		} {
			if output, err := exec.CommandContext(t.Context(), skopeo, arguments...).CombinedOutput(); err != nil {
				t.Errorf("skopeo %s: %v: %s", strings.Join(arguments, " "), err, output)
			}
		}
	}
}
