package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// report tells a person what is being done: on a terminal in one line that is drawn again each second, elsewhere in
// one line for each task every 10 seconds.
type report struct {
	out      *os.File
	terminal bool

	mutex  sync.Mutex
	active []*task
	begun  int // tasks, since the start
}

func newReport(out *os.File) *report {
	info, err := out.Stat()
	return &report{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// start begins the periodic lines; the function that it returns ends them.
func (r *report) start() (stop func()) {
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

// say prints one line that stays.
func (r *report) say(format string, args ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.erase()
	fmt.Fprintf(r.out, format+"\n", args...)
}

func (r *report) draw() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var lines []string
	for _, t := range r.active {
		lines = append(lines, fmt.Sprintf("%s: %s, %s so far", r.bold(t.name), t.now, elapsed(t.begun)))
	}
	switch {
	case len(lines) == 0:
	case r.terminal: // without automatic wrapping, a line that is too long is cut at the edge
		fmt.Fprintf(r.out, "\r\033[K\033[?7l%s\033[?7h", strings.Join(lines, " | "))
	default:
		fmt.Fprintln(r.out, strings.Join(lines, "\n"))
	}
}

func (r *report) erase() {
	if r.terminal {
		fmt.Fprint(r.out, "\r\033[K")
	}
}

func (r *report) bold(text string) string { return r.styled("1", text) }

func (r *report) red(text string) string { return r.styled("1;31", text) }

// styled is the text in a style of the terminal; elsewhere, and for who does not want it (https://no-color.org), the text.
func (r *report) styled(style, text string) string {
	if !r.terminal || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\033[" + style + "m" + text + "\033[0m"
}

func elapsed(since time.Time) string {
	return time.Since(since).Round(time.Second).String()
}
