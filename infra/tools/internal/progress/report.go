// Package progress shows what a command is doing: on a terminal in one line that is redrawn each second, elsewhere in
// one line for each task every 10 seconds. Start with Report; a Task is one step with a log of its own.
package progress

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report prints the progress of a command.
type Report struct {
	out      *os.File
	terminal bool

	mutex  sync.Mutex
	active []*Task
	begun  int
}

// New returns a report that prints to out.
func New(out *os.File) *Report {
	info, err := out.Stat()
	return &Report{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// Start prints the active tasks periodically, until stop is called.
func (r *Report) Start() (stop func()) {
	interval := 10 * time.Second
	if r.terminal {
		interval = time.Second
	}
	ticker := time.NewTicker(interval)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				r.draw()
			case <-ended:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(ended)
		r.erase()
	}
}

// Begun returns the number of tasks since the start.
func (r *Report) Begun() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.begun
}

// Printf prints one line that stays.
func (r *Report) Printf(format string, args ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.erase()
	fmt.Fprintf(r.out, format+"\n", args...)
}

func (r *Report) draw() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var lines []string
	for _, t := range r.active {
		status := t.status
		if work := goToolWork(t.group); work != "" {
			status += ", now " + work
		}
		lines = append(lines, fmt.Sprintf("%s: %s, %s so far", r.Bold(t.name), status, elapsed(t.begun)))
	}
	switch {
	case len(lines) == 0:
	case r.terminal: // automatic wrapping is off: the terminal cuts a line that is too long
		fmt.Fprintf(r.out, "\r\033[K\033[?7l%s\033[?7h", strings.Join(lines, " | "))
	default:
		fmt.Fprintln(r.out, strings.Join(lines, "\n"))
	}
}

func (r *Report) erase() {
	if r.terminal {
		fmt.Fprint(r.out, "\r\033[K")
	}
}

func (r *Report) add(t *Task) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.active = append(r.active, t)
	r.begun++
}

func (r *Report) remove(t *Task) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.active = slices.DeleteFunc(r.active, func(other *Task) bool { return other == t })
}

// Bold returns the text in bold if the output is a terminal.
func (r *Report) Bold(text string) string { return r.styled("1", text) }

// Red returns the text in bold red if the output is a terminal.
func (r *Report) Red(text string) string { return r.styled("1;31", text) }

// styled returns the text as it is if the output is not a terminal or NO_COLOR is set (https://no-color.org).
func (r *Report) styled(style, text string) string {
	if !r.terminal || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\033[" + style + "m" + text + "\033[0m"
}

func elapsed(since time.Time) string {
	return time.Since(since).Round(time.Second).String()
}
