package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// awaitTimeout is many times longer than anything takes in a working cluster.
const awaitTimeout = 2 * time.Minute

//go:embed firstpod.yaml
var firstPod []byte

// cluster is an embedded cluster in the folder root.
type cluster struct{ root layout.Root }

func newCluster(root string) *cluster { return &cluster{layout.Root(root)} }

// scratchRoot creates a root folder without state that shares the binaries of root.
func scratchRoot(root string) (string, error) {
	scratch := filepath.Join(root, "bench-cluster")
	err := os.RemoveAll(scratch)
	if err == nil {
		err = os.MkdirAll(scratch, 0o700)
	}
	if err != nil {
		return "", err
	}
	if output, err := exec.Command("cp", "--archive", "--link", filepath.Join(root, "bin"), scratch).CombinedOutput(); err != nil {
		return "", fmt.Errorf("link the binaries: %w: %s", err, output)
	}
	return scratch, nil
}

// run runs a command of the program cluster.
func (c *cluster) run(ctx context.Context, command string) error {
	output, err := exec.CommandContext(ctx, c.root.Bin("cluster"), command, "--root", string(c.root)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cluster %s: %w: %s", command, err, bytes.TrimSpace(output))
	}
	return nil
}

func (c *cluster) await(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, awaitTimeout)
	defer cancel()
	return supervisor.Poll(ctx, 20*time.Millisecond, check)
}

// podsReady checks that every Pod of the cluster is Ready.
func (c *cluster) podsReady(ctx context.Context) error {
	client, err := apiclient.New(c.root.Kubeconfig())
	if err != nil {
		return err
	}
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(pods.Items) < 2 {
		return fmt.Errorf("the cluster has %d Pods: deploy the demo first, with make up", len(pods.Items))
	}
	for _, pod := range pods.Items {
		if !ready(&pod) {
			return fmt.Errorf("Pod %s is not Ready", pod.Name)
		}
	}
	return nil
}

func ready(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// serveFirstPod creates a Pod and a Service of type LoadBalancer, and waits until the Service answers on the host.
func (c *cluster) serveFirstPod(ctx context.Context) error {
	apply := exec.CommandContext(ctx, c.root.Bin("kubectl"), "--kubeconfig", c.root.Kubeconfig(), "apply", "--filename=-")
	apply.Stdin = bytes.NewReader(firstPod)
	if output, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl apply: %w: %s", err, bytes.TrimSpace(output))
	}
	return c.await(ctx, func(ctx context.Context) error {
		// The first Service of a new cluster has the first address.
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.80.0.1/etc/hostname", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("the Service returns %s", response.Status)
		}
		return nil
	})
}
