//go:build e2e

package debian13

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

//go:embed workload.yaml
var workload string

const denyIngress = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}, policyTypes: [Ingress]}}`

// ask sends a request to the server by the name of its Service.
const ask = `printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 server 80 | tail -n 1`

func TestTheProgramsAreThoseOfDebian13(t *testing.T) {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil || !strings.Contains(string(release), "VERSION_ID=\"13\"") {
		t.Errorf("/etc/os-release holds %v\n%s", err, release)
	}
	for _, command := range []string{"runc", "nft"} {
		output, err := exec.Command(command, "--version").Output()
		if err != nil {
			t.Errorf("%s --version: %v", command, err)
		}
		version, _, _ := strings.Cut(string(output), "\n")
		t.Log(version)
	}
}

func TestServicesAndPoliciesWork(t *testing.T) {
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, workload)
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/server", "--timeout=60s")
	answers(t, ns)

	clustertest.Apply(t, ns, denyIngress)
	clustertest.Await(t, "the policy", func() error {
		if request(t, ns) == nil {
			return errors.New("the server still answers")
		}
		return nil
	})
	clustertest.Kubectl(t, "delete", "--namespace", ns, "networkpolicy", "deny")
	answers(t, ns)

	clustertest.Cluster(t, "down")
	clustertest.Cluster(t, "up", "--nodes", "2")
	answers(t, ns)
}

func answers(t *testing.T, namespace string) {
	t.Helper()
	clustertest.Await(t, "an answer through the Service", func() error { return request(t, namespace) })
}

func request(t *testing.T, namespace string) error {
	t.Helper()
	got, err := clustertest.TryKubectl(t, "exec", "--namespace", namespace, "deployment/client", "--", "sh", "-c", ask)
	if err == nil && strings.TrimSpace(got) != "here" {
		err = fmt.Errorf("the answer is %q", got)
	}
	return err
}
