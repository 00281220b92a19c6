//go:build e2e

package kubectl

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestExecPassesStdinStreamsAndExitStatus(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "main", container("main", "sleep 1000"), container("other", "echo other > /name; sleep 1000"))

	content := make([]byte, 8<<20) // many times larger than any buffer on the way
	_, _ = rand.Read(content)      // never fails
	cat := clustertest.KubectlCommand(t.Context(), "exec", "--namespace", ns, "--stdin", "main", "--", "cat")
	cat.Stdin = bytes.NewReader(content)
	if got, err := cat.Output(); !bytes.Equal(got, content) || err != nil {
		t.Errorf("cat returned %d of %d bytes, or different ones, %v", len(got), len(content), err)
	}

	both := clustertest.KubectlCommand(t.Context(), "exec", "--namespace", ns, "main", "--container=main", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
	var stdout, stderr bytes.Buffer
	both.Stdout, both.Stderr = &stdout, &stderr
	if exit := (*exec.ExitError)(nil); !errors.As(both.Run(), &exit) || exit.ExitCode() != 7 {
		t.Errorf("kubectl exec ends with %v, want exit status 7", exit)
	}
	equal(t, "stdout", stdout.String(), "out")
	equal(t, "stderr", stderr.String(), "err\ncommand terminated with exit code 7")

	equal(t, "the other container's file", clustertest.Exec(t, ns, "main", "true")+
		clustertest.Kubectl(t, "exec", "--namespace", ns, "main", "--container=other", "--", "cat", "/name"), "other")
	if _, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "main", "--", "no-such-command"); err == nil || !strings.Contains(err.Error(), `"no-such-command": executable file not found`) {
		t.Errorf("a command that does not exist: %v", err)
	}
}

func TestExecWithATerminal(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "main", container("main", "sleep 1000"))
	shell := clustertest.KubectlCommand(t.Context(), "exec", "--namespace", ns, "--stdin", "--tty", "main", "--", "sh")
	c := converse(t, shell)
	c.expect("# ")
	c.send("stty size; tty\n")
	c.expect("33 111\r\n/dev/pts/0\r\n")
	c.expect("# ")
	if err := pty.Setsize(c.terminal, &pty.Winsize{Rows: 44, Cols: 122}); err != nil {
		t.Fatal(err)
	}
	c.send("while [ \"$(stty size)\" != '44 122' ]; do sleep 0.1; done; echo re''sized; sleep 1000\n")
	c.expect("resized\r\n")
	c.send("\x03") // Ctrl-C ends the sleep, not the shell
	c.expect("# ")
	c.send("exit 5\n")
	if exit := (*exec.ExitError)(nil); !errors.As(shell.Wait(), &exit) || exit.ExitCode() != 5 {
		t.Errorf("kubectl exec ends with %v, want exit status 5", exit)
	}
}

func TestAttachConnectsToTheContainersProcess(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Pod, metadata: {name: echo}, spec: {terminationGracePeriodSeconds: 1, containers: [
  {name: main, image: "`+clustertest.Busybox+`", stdin: true, tty: true, command: [sh, -c, "while read line; do echo \"got $line\"; done"]}]}}`)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/echo", "--timeout=60s")
	attach := clustertest.KubectlCommand(t.Context(), "attach", "--namespace", ns, "--stdin", "--tty", "echo")
	c := converse(t, attach)
	c.expect("pressing enter.")
	c.send("hello\n")
	c.expect("got hello\r\n")
	c.send("again\n")
	c.expect("got again\r\n")
	equal(t, "the log", strings.ReplaceAll(clustertest.Kubectl(t, "logs", "--namespace", ns, "echo"), "\r", ""), "hello\ngot hello\nagain\ngot again")
}

func TestRunWithATerminalRemovesItsPod(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	run := clustertest.KubectlCommand(t.Context(), "run", "tools", "--namespace", ns, "--image="+clustertest.Busybox, "--stdin", "--tty", "--rm")
	c := converse(t, run)
	c.send("nslookup -type=a kubernetes.default.svc.cluster.local\n") // sh reads it when it starts
	c.expect("Address: 10.96.0.1\r\n")
	c.send("exit\n")
	c.expect(`pod "tools" deleted`)
	if err := run.Wait(); err != nil {
		t.Errorf("kubectl run: %v", err)
	}
}

func TestCopyBothWays(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "main", container("main", "sleep 1000"), container("other", "sleep 1000"))
	content := make([]byte, 16<<20)
	_, _ = rand.Read(content) // never fails
	from := filepath.Join(t.TempDir(), "from")
	if err := os.MkdirAll(filepath.Join(from, "inner folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]struct {
		content []byte
		mode    os.FileMode
	}{"big": {content, 0o644}, "inner folder/script": {[]byte("#!/bin/sh\necho runs\n"), 0o755}} {
		if err := os.WriteFile(filepath.Join(from, name), file.content, file.mode); err != nil {
			t.Fatal(err)
		}
	}
	clustertest.Kubectl(t, "cp", from, ns+"/main:/tmp/copy", "--container=other")
	equal(t, "the copied script", clustertest.Kubectl(t, "exec", "--namespace", ns, "main", "--container=other", "--", "/tmp/copy/inner folder/script"), "runs")
	to := filepath.Join(t.TempDir(), "to")
	// Kubernetes closes the stream when tar exits. If kubectl reads more slowly than tar writes, the end of the data is
	// lost, and kubectl resumes there: https://github.com/kubernetes/kubernetes/issues/60140
	clustertest.Kubectl(t, "cp", "--retries=10", ns+"/main:/tmp/copy", to, "--container=other")
	if got, err := os.ReadFile(filepath.Join(to, "big")); !bytes.Equal(got, content) || err != nil {
		t.Errorf("after a copy in both directions a file has %d of %d bytes, or different ones, %v", len(got), len(content), err)
	}
}
