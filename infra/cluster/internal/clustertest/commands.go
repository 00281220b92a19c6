package clustertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

var (
	// Busybox is an image with BusyBox's shell and commands.
	Busybox = layout.RegistryAddress + "/" + registry.BusyboxName
	// Toolbox is the image for debugging.
	Toolbox = layout.RegistryAddress + "/" + registry.ToolboxName
)

// CheckToolbox returns an error unless the toolbox image has been built.
func CheckToolbox() error { return registry.CheckToolbox(root.Images()) }

// Cluster runs the cluster command, as in Cluster(t, "node", "stop", "demo-2"), and returns its stdout. It ends the
// test if the command fails.
func Cluster(t testing.TB, args ...string) string {
	t.Helper()
	return must(t)(TryCluster(t, args...))
}

// TryCluster runs the cluster command and returns its stdout. The error contains its stderr.
func TryCluster(t testing.TB, args ...string) (string, error) {
	t.Helper()
	return output(clusterCommand(t.Context(), args...))
}

// Kubectl runs kubectl as the administrator and returns its stdout. It ends the test if kubectl fails.
func Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	return must(t)(TryKubectl(t, args...))
}

// TryKubectl runs kubectl and returns its stdout. The error contains its stderr.
func TryKubectl(t testing.TB, args ...string) (string, error) {
	t.Helper()
	return output(KubectlCommand(t.Context(), args...))
}

// KubectlCommand returns a kubectl command, for tests that need its stdin or signals, or do not wait for its end.
func KubectlCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, root.Bin("kubectl"), args...)
	// kubectl names its cache after the API server's address, which all embedded clusters share.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+root.Kubeconfig(), "KUBECACHEDIR="+root.State("kubectl-cache"))
	return cmd
}

// Apply applies manifests. Objects without a namespace go to the given one.
func Apply(t testing.TB, namespace, yaml string) {
	t.Helper()
	cmd := KubectlCommand(t.Context(), "apply", "--namespace", namespace, "--filename=-")
	cmd.Stdin = strings.NewReader(yaml)
	must(t)(output(cmd))
}

// Exec runs a command in a Pod's default container and returns its stdout. It ends the test if the command fails.
func Exec(t testing.TB, namespace, pod string, command ...string) string {
	t.Helper()
	return Kubectl(t, append([]string{"exec", "--namespace", namespace, pod, "--"}, command...)...)
}

// Namespace creates a namespace and returns its name. The namespace is deleted when the test ends.
func Namespace(t testing.TB) string {
	t.Helper()
	client := Client(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"}}
	created, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the end of t.Context
		if err := client.CoreV1().Namespaces().Delete(context.Background(), created.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	Await(t, "the namespace's ServiceAccount, which Pods need", func() error {
		_, err := client.CoreV1().ServiceAccounts(created.Name).Get(t.Context(), "default", metav1.GetOptions{})
		return err
	})
	return created.Name
}

// Client returns a client of the API server with the administrator's credentials.
func Client(t testing.TB) kubernetes.Interface {
	t.Helper()
	client, err := apiclient.New(root.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// output runs a command and returns its stdout. The error contains its stderr.
func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		command := append([]string{filepath.Base(cmd.Path)}, cmd.Args[1:]...)
		return stdout.String(), fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// must returns a function that returns output, or ends the test if err is not nil.
func must(t testing.TB) func(output string, err error) string {
	t.Helper()
	return func(output string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return output
	}
}
