//go:build e2e

package kubectl

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestLogsOfThePreviousContainer(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: crash}, spec: {terminationGracePeriodSeconds: 1, volumes: [{name: data, emptyDir: {}}], containers: [
  {name: main, image: "`+clustertest.Busybox+`", volumeMounts: [{name: data, mountPath: /data}],
   command: [sh, -c, "[ -e /data/again ] || { touch /data/again; echo first life; exit 3; }; echo second life; sleep 1000"]}]}}`)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/crash", "--timeout=60s")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/crash", "--timeout=60s")
	equal(t, "the log", clustertest.Kubectl(t, "logs", "--namespace", ns, "crash"), "second life")
	equal(t, "the log of the previous container", clustertest.Kubectl(t, "logs", "--namespace", ns, "crash", "--previous"), "first life")
	equal(t, "the exit status of the previous container", clustertest.Kubectl(t, "get", "pod", "crash", "--namespace", ns,
		"--output=jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}"), "3")
}

func TestLogsAreFollowedUntilTheContainerEnds(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "counter", container("main", "echo one; while [ ! -e /two ]; do sleep 0.1; done; echo two; while [ ! -e /end ]; do sleep 0.1; done; echo end"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	logs := clustertest.KubectlCommand(ctx, "logs", "--namespace", ns, "--follow", "counter")
	output, err := logs.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(output)
	for _, step := range []struct{ want, then string }{{"one\n", "/two"}, {"two\n", "/end"}, {"end\n", ""}} {
		if got, err := reader.ReadString('\n'); got != step.want {
			t.Fatalf("the next line is %q, %v, want %q", got, err, step.want)
		}
		if step.then != "" {
			clustertest.Exec(t, ns, "counter", "touch", step.then)
		}
	}
	if rest, err := io.ReadAll(reader); len(rest) > 0 || err != nil {
		t.Errorf("after the last line there is %q, %v", rest, err)
	}
	if err := logs.Wait(); err != nil {
		t.Errorf("kubectl logs --follow: %v", err)
	}
}

func TestLogsOfSeveralContainers(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: several, labels: {app: several}}, spec: {terminationGracePeriodSeconds: 1,
  initContainers: [`+container("before", "echo of before")+`],
  containers: [`+container("left", "echo of left; sleep 1000")+`, `+container("right", "echo of right; echo of right again; sleep 1000")+`]}}`)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/several", "--timeout=60s")
	clustertest.Await(t, "the last container's last line", func() error {
		if got := clustertest.Kubectl(t, "logs", "--namespace", ns, "several", "--container=right"); !strings.Contains(got, "again") {
			return fmt.Errorf("its log is %q", got)
		}
		return nil
	})
	for _, c := range []struct {
		want string
		args []string
	}{
		{"of left", []string{"several"}},
		{"of right\nof right again", []string{"several", "--container=right"}},
		{"of right again", []string{"several", "--container=right", "--tail=1"}},
		{"of before", []string{"several", "--container=before"}},
	} {
		got := clustertest.Kubectl(t, append([]string{"logs", "--namespace", ns}, c.args...)...)
		equal(t, "kubectl logs "+strings.Join(c.args, " "), got, c.want)
	}
	// The order of the containers is undefined.
	prefixed := clustertest.Kubectl(t, "logs", "--namespace", ns, "--selector=app=several", "--all-containers", "--prefix", "--tail=1")
	contains(t, "the log of all with prefixes", prefixed, "[pod/several/before] of before\n", "[pod/several/left] of left\n", "[pod/several/right] of right again\n")
	stamped := clustertest.Kubectl(t, "logs", "--namespace", ns, "several", "--timestamps")
	stamp, text, _ := strings.Cut(stamped, " ")
	when, err := time.Parse(time.RFC3339Nano, stamp)
	if age := time.Since(when); text != "of left\n" || err != nil || age < 0 || age > 5*time.Minute {
		t.Errorf("the log with timestamps is %q: %s ago, %v", stamped, age, err)
	}
}
