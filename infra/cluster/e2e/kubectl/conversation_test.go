//go:build e2e

package kubectl

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// conversation sends input to a program in a terminal and checks its output.
type conversation struct {
	t        *testing.T
	terminal *os.File
	output   chan string
	pending  string // output that no call of expect has consumed
}

// converse starts a program in a terminal of 33 rows and 111 columns.
func converse(t *testing.T, program *exec.Cmd) *conversation {
	t.Helper()
	terminal, err := pty.StartWithSize(program, &pty.Winsize{Rows: 33, Cols: 111})
	if err != nil {
		t.Fatal(err)
	}
	c := &conversation{t: t, terminal: terminal, output: make(chan string)}
	go func() { // ends with the program, because a terminal has no deadlines
		defer close(c.output)
		for buffer := make([]byte, 4096); ; {
			n, err := terminal.Read(buffer)
			if err != nil {
				return
			}
			select {
			case c.output <- string(buffer[:n]):
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Cleanup(func() { terminal.Close() })
	return c
}

// send writes input to the terminal.
func (c *conversation) send(text string) {
	c.t.Helper()
	if _, err := c.terminal.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

// expect waits until the program prints a text, and consumes the output up to its end.
func (c *conversation) expect(text string) {
	c.t.Helper()
	for timeout := time.After(30 * time.Second); !strings.Contains(c.pending, text); {
		select {
		case more, ok := <-c.output:
			if !ok {
				c.t.Fatalf("the program ended without %q; its output is %q", text, c.pending)
			}
			c.pending += more
		case <-timeout:
			c.t.Fatalf("no %q within 30 s; the output is %q", text, c.pending)
		}
	}
	_, c.pending, _ = strings.Cut(c.pending, text)
}
