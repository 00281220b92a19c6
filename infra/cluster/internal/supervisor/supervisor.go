// Package supervisor runs the components of the cluster: each when what it needs is ready, and again when it dies.
package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 10 * time.Second
	// steadyAfter is how long a component has to run for its next end to count as the first one again.
	steadyAfter = 30 * time.Second
	readyPeriod = 50 * time.Millisecond
)

// Supervisor runs components and keeps their status.
type Supervisor struct {
	components []Component
	logFile    func(component string) string
	status     *StatusFile
	ready      map[string]chan struct{}

	mutex     sync.Mutex
	processes map[string]*process
}

// process is the life of a component from a start to a stop, whatever the number of its restarts.
type process struct {
	stopping context.CancelFunc
	current  *os.Process
	ended    chan struct{}
}

// New makes a supervisor. logFile says where the output of a component goes.
func New(components []Component, logFile func(component string) string, status *StatusFile) *Supervisor {
	s := &Supervisor{
		components: components,
		logFile:    logFile,
		status:     status,
		ready:      map[string]chan struct{}{},
		processes:  map[string]*process{},
	}
	for _, c := range components {
		s.ready[c.Name] = make(chan struct{})
		status.Set(c.Name, func(c *ComponentStatus) { c.State = Waiting })
	}
	return s
}

// Start starts every component as soon as what it needs is ready, and returns at once.
func (s *Supervisor) Start(ctx context.Context) {
	for _, c := range s.components {
		s.launch(ctx, c)
	}
}

func (s *Supervisor) launch(ctx context.Context, c Component) {
	runCtx, cancel := context.WithCancel(ctx)
	p := &process{stopping: cancel, ended: make(chan struct{})}
	s.mutex.Lock()
	s.processes[c.Name] = p
	s.mutex.Unlock()
	go func() {
		defer close(p.ended)
		defer s.status.Set(c.Name, func(c *ComponentStatus) { c.State, c.PID = Stopped, 0 })
		s.keep(runCtx, c, p)
	}()
}

// Restart starts a component that Stop or Kill has ended. One that runs is left alone, and the answer is false.
func (s *Supervisor) Restart(ctx context.Context, name string) bool {
	if s.process(name).runs() {
		return false
	}
	i := slices.IndexFunc(s.components, func(c Component) bool { return c.Name == name })
	s.status.Set(name, func(c *ComponentStatus) { c.State = Waiting })
	s.launch(ctx, s.components[i])
	return true
}

// Kill ends a component at once and for good: SIGKILL, as if its power had been cut. For one that does not run the answer is
// false.
func (s *Supervisor) Kill(name string) bool {
	p := s.process(name)
	if !p.runs() {
		return false
	}
	p.stopping()
	s.signal(p, syscall.SIGKILL)
	<-p.ended
	return true
}

// runs says whether the life has not ended yet.
func (p *process) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (s *Supervisor) process(name string) *process {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.processes[name]
}

// Await returns when the named components have been ready once.
func (s *Supervisor) Await(ctx context.Context, names ...string) error {
	for _, name := range names {
		select {
		case <-s.ready[name]:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", name, context.Cause(ctx))
		}
	}
	return nil
}

// Stop ends the named components, all at once, for good: SIGTERM first, SIGKILL after grace.
func (s *Supervisor) Stop(grace time.Duration, names ...string) {
	deadline := time.After(grace)
	for _, name := range names {
		p := s.process(name)
		p.stopping()
		s.signal(p, syscall.SIGTERM)
	}
	for _, name := range names {
		p := s.process(name)
		select {
		case <-p.ended:
		case <-deadline:
			s.signal(p, syscall.SIGKILL)
			<-p.ended
			deadline = time.After(0)
		}
	}
}

func (s *Supervisor) signal(p *process, signal syscall.Signal) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if p.current != nil {
		_ = p.current.Signal(signal) // an error means that it has ended
	}
}

// keep starts a component again whenever it ends, until ctx does.
func (s *Supervisor) keep(ctx context.Context, c Component, p *process) {
	if s.Await(ctx, c.Needs...) != nil {
		return
	}
	if c.After != nil && Poll(ctx, readyPeriod, c.After) != nil {
		return
	}
	backoff, ends := firstBackoff, 0
	for ctx.Err() == nil {
		started := time.Now()
		err := s.runOnce(ctx, c, p)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > steadyAfter {
			backoff, ends = firstBackoff, 0
		}
		ends++
		slog.Warn("a component ended and is started again", "component", c.Name, "error", err, "in", backoff)
		s.status.Set(c.Name, func(c *ComponentStatus) {
			c.State, c.PID, c.LastExit, c.Ends = Restarting, 0, fmt.Sprint(err), ends
			c.Restarts++
		})
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (s *Supervisor) runOnce(ctx context.Context, c Component, p *process) error {
	log, err := os.OpenFile(s.logFile(c.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles, cmd.SysProcAttr = log, log, c.Files, c.Namespace

	s.mutex.Lock()
	if ctx.Err() != nil {
		s.mutex.Unlock()
		return ctx.Err()
	}
	err = cmd.Start()
	p.current = cmd.Process
	s.mutex.Unlock()
	if err != nil {
		return err
	}
	s.status.Set(c.Name, func(c *ComponentStatus) {
		c.State, c.PID, c.Since = Running, cmd.Process.Pid, time.Now()
	})
	probeCtx, stopProbe := context.WithCancel(ctx)
	var probe sync.WaitGroup
	probe.Go(func() { s.probe(probeCtx, c) })
	err = cmd.Wait()
	stopProbe()
	probe.Wait()
	s.mutex.Lock()
	p.current = nil
	s.mutex.Unlock()
	if err == nil {
		return fmt.Errorf("it ended by itself with exit status 0")
	}
	return err
}

// probe asks until the component is ready, and says so.
func (s *Supervisor) probe(ctx context.Context, c Component) {
	if c.Ready != nil && Poll(ctx, readyPeriod, c.Ready) != nil {
		return
	}
	s.status.Set(c.Name, func(c *ComponentStatus) { c.State = Ready })
	select {
	case <-s.ready[c.Name]: // not the first time
	default:
		close(s.ready[c.Name])
	}
}

// Poll calls check until it returns nil. Where ctx ends first, it returns the last error of check: not the one of an attempt
// that ctx has cut short, if there was another before.
func Poll(ctx context.Context, period time.Duration, check func(context.Context) error) error {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var last error
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := check(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return last
		}
	}
}
