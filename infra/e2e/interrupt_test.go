//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interruptedUp kills updates, each later than the previous one. The next step completes the stack. The first case
// lasts only milliseconds in reality, so the state is edited: the namespace exists, and the update was killed before it
// recorded that.
func (s *scenario) interruptedUp(t *testing.T) {
	s.run("make cluster preview") // creates the stack, too
	s.run("pulumi up --yes --skip-preview --suppress-outputs --target '**Namespace::kubernetes-networking'")
	s.makePending(t, "kubernetes:core/v1:Namespace::kubernetes-networking")
	s.killWhen(t, "make deploy", "secrets")
	s.makePending(t, "kubernetes:core/v1:Secret::"+names["clientsDatabase"])
	s.killWhen(t, "make deploy", "statefulsets")
	s.killWhen(t, "make deploy", "deployments")
}

// killWhen starts a command, and kills it and its descendants as soon as an object of this kind changes.
func (s *scenario) killWhen(t *testing.T, command, objects string) {
	t.Helper()
	watch := s.command(t.Context(), "exec kubectl get "+objects+" --namespace kubernetes-networking --watch-only --output name")
	seen, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	victim := s.command(t.Context(), command)
	victim.Stdout, victim.Stderr, victim.WaitDelay = &output, &output, time.Second
	for _, started := range []*exec.Cmd{watch, victim} {
		if err := started.Start(); err != nil {
			t.Fatal(err)
		}
	}
	first, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		line, _ := bufio.NewReader(seen).ReadString('\n')
		first <- line
	}()
	go func() { ended <- victim.Wait() }()
	select {
	case object := <-first:
		t.Logf("%s: killed %d processes after %s appeared", command, kill(t, victim.Process.Pid), strings.TrimSpace(object))
		<-ended
	case err := <-ended:
		t.Errorf("%s ended before it touched any %s: %v\n%s", command, objects, err, &output)
	}
	_ = watch.Process.Kill()
	_ = watch.Wait()
}

// kill kills a process and its descendants, and returns their number. It stops them first, because a stopped process
// cannot start another one. Killing the process group is not enough: Pulumi's plugins have their own.
func kill(t *testing.T, pid int) int {
	t.Helper()
	var stopped []int
	for fresh := []int{pid}; len(fresh) > 0; {
		for _, process := range fresh {
			_ = syscall.Kill(process, syscall.SIGSTOP) // fails if it has ended
		}
		stopped = append(stopped, fresh...)
		fresh = slices.DeleteFunc(descendants(t, pid), func(process int) bool { return slices.Contains(stopped, process) })
	}
	for _, process := range stopped {
		_ = syscall.Kill(process, syscall.SIGKILL)
	}
	return len(stopped)
}

// descendants returns the process IDs of all processes below pid.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range files {
		content, _ := os.ReadFile(file) // fails if the process has ended
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || len(fields) < 2 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], child)
	}
	all := slices.Clone(children[pid])
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}
