//go:build e2e

package kubectl

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestServerSideApplyKeepsFieldsOfOtherManagers(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	apply := func(manager, data string, more ...string) error {
		cmd := clustertest.KubectlCommand(t.Context(), append([]string{"apply", "--namespace", ns, "--server-side", "--field-manager=" + manager, "--filename=-"}, more...)...)
		cmd.Stdin = strings.NewReader("{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}, data: " + data + "}")
		output, err := cmd.CombinedOutput()
		if err != nil {
			return errors.New(string(output))
		}
		return nil
	}
	data := func() string {
		t.Helper()
		return clustertest.Kubectl(t, "get", "configmap", "shared", "--namespace", ns, "--output=jsonpath={.data}")
	}
	for manager, fields := range map[string]string{"anna": "{a: '1'}", "bob": "{b: '1'}"} {
		if err := apply(manager, fields); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "the result of both", data(), `{"a":"1","b":"1"}`)
	if err := apply("bob", "{a: '2', b: '1'}"); err == nil || !strings.Contains(err.Error(), `conflict with "anna": .data.a`) {
		t.Errorf("bob changes a field of anna: %v, want a conflict that names anna", err)
	}
	if err := apply("bob", "{a: '2'}", "--force-conflicts"); err != nil {
		t.Error(err)
	}
	equal(t, "the data after bob took over a and dropped b", data(), `{"a":"2"}`)
}

func TestDiffShowsTheChangesOfApply(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	const config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: config}, data: {a: 'VALUE'}}"
	clustertest.Apply(t, ns, config)
	for value, want := range map[string]int{"VALUE": 0, "other": 1} {
		diff := clustertest.KubectlCommand(t.Context(), "diff", "--namespace", ns, "--filename=-")
		diff.Stdin = strings.NewReader(strings.ReplaceAll(config, "VALUE", value))
		output, _ := diff.CombinedOutput()
		if got := diff.ProcessState.ExitCode(); got != want || want == 1 && !strings.Contains(string(output), "-  a: VALUE\n+  a: other") {
			t.Errorf("with the value %s kubectl diff exits %d, want %d, and prints\n%s", value, got, want, output)
		}
	}
}

func TestAuthReportsUsersAndPermissions(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	account := "system:serviceaccount:" + ns + ":default"
	contains(t, "kubectl auth whoami", clustertest.Kubectl(t, "auth", "whoami"), "Username", "system:authenticated")
	canList := func(more ...string) string {
		output, err := clustertest.TryKubectl(t, append([]string{"auth", "can-i", "list", "pods", "--namespace", ns}, more...)...)
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() != 1 {
			t.Errorf("kubectl auth can-i: %v", err)
		}
		return strings.TrimSpace(output)
	}
	equal(t, "whether the administrator can list Pods", canList(), "yes")
	equal(t, "whether a new ServiceAccount can list Pods", canList("--as="+account), "no")
	clustertest.Kubectl(t, "create", "rolebinding", "view", "--namespace", ns, "--clusterrole=view", "--serviceaccount="+ns+":default")
	clustertest.Await(t, "the role to be in force", func() error {
		if got := canList("--as=" + account); got != "yes" {
			return errors.New(got)
		}
		return nil
	})
	token := strings.TrimSpace(clustertest.Kubectl(t, "create", "token", "default", "--namespace", ns))
	// Without the administrator's kubeconfig, whose certificate would take precedence over the token.
	asAccount := clustertest.KubectlCommand(t.Context(), "auth", "whoami", "--output=jsonpath={.status.userInfo.username}", "--kubeconfig=/dev/null",
		"--server=https://127.0.0.1:16443", "--certificate-authority="+clustertest.Root().PKI("ca.crt"), "--token="+token)
	if got, err := asAccount.CombinedOutput(); string(got) != account {
		t.Errorf("the user of the token is %q, %v, want %s", got, err, account)
	}
}

func TestAPIDescribesItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  []string
		wants []string
	}{
		{[]string{"explain", "deployment.spec.strategy.rollingUpdate"}, []string{"GROUP:      apps", "maxSurge\t<IntOrString>"}},
		{[]string{"api-resources", "--namespaced=true", "--verbs=list"}, []string{"endpointslices", "discovery.k8s.io/v1", "networkpolicies"}},
		{[]string{"api-versions"}, []string{"batch/v1\n", "networking.k8s.io/v1\n"}},
		{[]string{"cluster-info"}, []string{"https://127.0.0.1:16443", "CoreDNS is running at"}},
		{[]string{"get", "--raw=/healthz"}, []string{"ok"}},
		{[]string{"get", "--raw=/api/v1/namespaces/kube-system/services/kube-dns:metrics/proxy/metrics"}, []string{"coredns_build_info"}},
		{[]string{"completion", "bash"}, []string{"__start_kubectl"}},
		{[]string{"__complete", "get", "namespaces", "kube-s"}, []string{"kube-system\n"}},
	} {
		contains(t, "kubectl "+strings.Join(c.args, " "), clustertest.Kubectl(t, c.args...), c.wants...)
	}
	completion := clustertest.KubectlCommand(t.Context(), "completion", "bash")
	script, err := completion.Output()
	if err != nil {
		t.Fatal(err)
	}
	bash := exec.CommandContext(t.Context(), "bash", "-n")
	bash.Stdin = strings.NewReader(string(script))
	if output, err := bash.CombinedOutput(); err != nil {
		t.Errorf("bash cannot parse the completion script: %v: %s", err, output)
	}
}

func TestTopReportsMissingMetrics(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"pods", "nodes"} {
		if _, err := clustertest.TryKubectl(t, "top", what); err == nil || !strings.Contains(err.Error(), "Metrics API not available") {
			t.Errorf("kubectl top %s: %v", what, err)
		}
	}
}
