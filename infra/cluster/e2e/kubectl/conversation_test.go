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

// conversation is with a program that has a terminal.
type conversation struct {
	t        *testing.T
	terminal *os.File
	says     chan string
	heard    string // and not expected yet
}

// converse starts a program in a terminal of 33 rows and 111 columns.
func converse(t *testing.T, program *exec.Cmd) *conversation {
	t.Helper()
	terminal, err := pty.StartWithSize(program, &pty.Winsize{Rows: 33, Cols: 111})
	if err != nil {
		t.Fatal(err)
	}
	c := &conversation{t: t, terminal: terminal, says: make(chan string)}
	go func() { // it ends when the program does: a terminal knows no deadlines
		defer close(c.says)
		for buffer := make([]byte, 4096); ; {
			n, err := terminal.Read(buffer)
			if err != nil {
				return
			}
			select {
			case c.says <- string(buffer[:n]):
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Cleanup(func() { terminal.Close() })
	return c
}

func (c *conversation) say(text string) {
	c.t.Helper()
	if _, err := c.terminal.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

// expect waits until the program has printed a text.
func (c *conversation) expect(text string) {
	c.t.Helper()
	for late := time.After(30 * time.Second); !strings.Contains(c.heard, text); {
		select {
		case more, goesOn := <-c.says:
			if !goesOn {
				c.t.Fatalf("instead of %q the program ends with %q", text, c.heard)
			}
			c.heard += more
		case <-late:
			c.t.Fatalf("instead of %q the program says %q", text, c.heard)
		}
	}
	_, c.heard, _ = strings.Cut(c.heard, text)
}
