//go:build e2e

package nodes

import (
	"bufio"
	"context"
	"regexp"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

var forwarding = regexp.MustCompile(`Forwarding from (127\.0\.0\.1:\d+)`)

// portForward runs kubectl port-forward to port 80 of a Pod until the test ends, and returns where it listens.
func portForward(t *testing.T, namespace, pod string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	forward := clustertest.KubectlCommand(ctx, "port-forward", "--namespace", namespace, "--address=127.0.0.1", pod, ":80")
	output, err := forward.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := forward.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = forward.Wait() }) // it is killed
	said, err := bufio.NewReader(output).ReadString('\n')
	match := forwarding.FindStringSubmatch(said)
	if match == nil {
		t.Fatalf("kubectl port-forward %s says %q, %v", pod, said, err)
	}
	return match[1]
}
