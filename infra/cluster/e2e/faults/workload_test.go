//go:build e2e

package faults

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

//go:embed workload.yaml
var workload string

// ask sends a request to the server by the name of its Service. It avoids wget, which crashes in Debian's static
// BusyBox.
const ask = `printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 server.default.svc.cluster.local 80 | tail -n 1`

// start starts the cluster if it does not run, deploys a workload, and waits until the workload answers.
func start(t *testing.T) {
	t.Helper()
	clustertest.Cluster(t, "up")
	clustertest.Apply(t, "default", workload)
	awaitAnswer(t)
}

// awaitAnswer waits until a Pod reaches another Pod by the name of its Service, and the machine reaches it through the
// load balancer. It returns the elapsed time.
func awaitAnswer(t *testing.T) time.Duration {
	t.Helper()
	since := time.Now()
	clustertest.Await(t, "an answer from Pod to Pod", func() error {
		got, err := clustertest.TryKubectl(t, "exec", "deployment/client", "--", "sh", "-c", ask)
		return here(got, err)
	})
	clustertest.Await(t, "an answer on the machine", func() error {
		address, err := clustertest.TryKubectl(t, "get", "service", "server", "--output=jsonpath={.status.loadBalancer.ingress[0].ip}")
		if err != nil {
			return err
		}
		response, err := (&http.Client{Timeout: 2 * time.Second}).Get("http://" + address)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		got, err := io.ReadAll(response.Body)
		return here(string(got), err)
	})
	return time.Since(since)
}

func here(got string, err error) error {
	if err == nil && strings.TrimSpace(got) != "here" {
		err = fmt.Errorf("the answer is %q", got)
	}
	return err
}
