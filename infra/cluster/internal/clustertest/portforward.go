package clustertest

import (
	"bufio"
	"context"
	"regexp"
	"testing"
)

var forwarding = regexp.MustCompile(`Forwarding from (127\.0\.0\.1:\d+) -> (\d+)`)

// PortForward runs kubectl port-forward to a port of target until the test ends. It returns the local address and the
// port of the Pod.
func PortForward(t testing.TB, namespace, target, port string) (address, targetPort string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	forward := KubectlCommand(ctx, "port-forward", "--namespace", namespace, "--address=127.0.0.1", target, ":"+port)
	output, err := forward.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := forward.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = forward.Wait() }) // fails, because cancel kills it
	line, err := bufio.NewReader(output).ReadString('\n')
	match := forwarding.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("kubectl port-forward %s prints %q, %v", target, line, err)
	}
	return match[1], match[2]
}
