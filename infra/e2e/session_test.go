//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"testing"
	"time"
)

// session is a command that runs in a container and exchanges lines with the test. A line takes no time, while each
// `kubectl exec` takes a sixth of a second.
type session struct {
	t     *testing.T
	input io.Writer
	lines chan string
}

// lineTimeout limits how long receive waits.
const lineTimeout = 20 * time.Second

// session starts a command in a container. It ends with the test.
func (s *scenario) session(t *testing.T, namespace, pod, container string, command ...string) *session {
	t.Helper()
	kubectl := append([]string{"exec", "--stdin", "--namespace", namespace, pod, "--container", container, "--"}, command...)
	cmd := s.command(t.Context(), `exec kubectl "$@"`)
	cmd.Args = append(cmd.Args, append([]string{"session"}, kubectl...)...)
	input, err1 := cmd.StdinPipe()
	output, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	opened := &session{t: t, input: input, lines: make(chan string, 100)}
	go func() {
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			opened.lines <- scanner.Text()
		}
		close(opened.lines)
	}()
	t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test's context has killed the command
	return opened
}

// send writes a line to the command.
func (s *session) send(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.input, line+"\n"); err != nil {
		s.t.Fatalf("send %q: %v", line, err)
	}
}

// receive waits for the next line of the output. It fails the test after lineTimeout.
func (s *session) receive() string {
	s.t.Helper()
	select {
	case line, ok := <-s.lines:
		if !ok {
			s.t.Fatal("the session ended")
		}
		return line
	case <-time.After(lineTimeout):
		s.t.Fatalf("no line within %s", lineTimeout)
	}
	return ""
}
