// Package supervisor runs the processes of the control plane and of a node. It starts each when what it needs is ready,
// restarts it when it ends, and stops all in order. Packages controlplane and node define the components; start reading
// at Component.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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
	// steadyAfter is how long a component must run for its next end to count as the first in a row.
	steadyAfter = 30 * time.Second
	probePeriod = 50 * time.Millisecond
)

// Supervisor runs components and keeps their status.
type Supervisor struct {
	components []Component
	status     *StatusFile
	ready      map[string]chan struct{} // closed when the component is ready for the first time

	mutex     sync.Mutex
	processes map[string]*process
}

// process is one component from a start to a stop, across its restarts.
type process struct {
	cancel  context.CancelFunc
	current *os.Process // nil between two runs
	ended   chan struct{}
}

// New returns a supervisor of components. It starts nothing yet.
func New(components []Component, status *StatusFile) *Supervisor {
	s := &Supervisor{
		components: components,
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

// Start starts every component as soon as what it needs is ready. It does not block.
func (s *Supervisor) Start(ctx context.Context) {
	for _, c := range s.components {
		s.launch(ctx, c)
	}
}

func (s *Supervisor) launch(ctx context.Context, c Component) {
	runCtx, cancel := context.WithCancel(ctx)
	p := &process{cancel: cancel, ended: make(chan struct{})}
	s.mutex.Lock()
	s.processes[c.Name] = p
	s.mutex.Unlock()
	go func() {
		defer close(p.ended)
		defer s.status.Set(c.Name, func(c *ComponentStatus) { c.State, c.PID = Stopped, 0 })
		s.keep(runCtx, c, p)
	}()
}

// Restart starts a component that Stop or Kill ended. It returns false, and changes nothing, if the component runs.
func (s *Supervisor) Restart(ctx context.Context, name string) bool {
	if s.process(name).running() {
		return false
	}
	i := slices.IndexFunc(s.components, func(c Component) bool { return c.Name == name })
	s.status.Set(name, func(c *ComponentStatus) { c.State = Waiting })
	s.launch(ctx, s.components[i])
	return true
}

// Kill ends a component with SIGKILL and does not restart it, like a power cut. It returns false if the component does
// not run.
func (s *Supervisor) Kill(name string) bool {
	p := s.process(name)
	if !p.running() {
		return false
	}
	p.cancel()
	s.signal(p, syscall.SIGKILL)
	<-p.ended
	return true
}

func (p *process) running() bool {
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

// Await blocks until each of the named components has been ready once.
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

// Stop ends all components, step by step as their Stop fields define, and returns when the last has ended.
func (s *Supervisor) Stop() {
	steps := map[int][]Component{}
	for _, c := range s.components {
		steps[c.Stop.Step] = append(steps[c.Stop.Step], c)
	}
	for _, step := range slices.Sorted(maps.Keys(steps)) {
		var group sync.WaitGroup
		for _, c := range steps[step] {
			group.Go(func() { s.stop(c) })
		}
		group.Wait()
	}
}

func (s *Supervisor) stop(c Component) {
	if c.Stop.Before != nil {
		if err := c.Stop.Before(); err != nil {
			slog.Warn("preparing the stop of a component failed; stopping it anyway", "component", c.Name, "error", err)
		}
	}
	p := s.process(c.Name)
	p.cancel()
	s.signal(p, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(c.Stop.Grace):
		s.signal(p, syscall.SIGKILL)
		<-p.ended
	}
}

func (s *Supervisor) signal(p *process, signal syscall.Signal) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if p.current != nil {
		_ = p.current.Signal(signal) // fails only if the process has ended
	}
}

// keep runs a component, and restarts it whenever it ends, until ctx ends.
func (s *Supervisor) keep(ctx context.Context, c Component, p *process) {
	if s.Await(ctx, c.Needs...) != nil || c.After.await(ctx, c.Name) != nil {
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
		slog.Warn("component ended; restarting it", "component", c.Name, "error", err, "in", backoff)
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
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.Command[0], c.Command[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, c.Files
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: c.Cloneflags}

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
	probe.Go(func() { s.awaitReady(probeCtx, c) })
	err = cmd.Wait()
	stopProbe()
	probe.Wait()
	s.mutex.Lock()
	p.current = nil
	s.mutex.Unlock()
	if err == nil {
		return errors.New("it ended by itself with exit status 0")
	}
	return err
}

func (s *Supervisor) awaitReady(ctx context.Context, c Component) {
	if c.Ready.await(ctx, c.Name) != nil {
		return
	}
	s.status.Set(c.Name, func(c *ComponentStatus) { c.State = Ready })
	select {
	case <-s.ready[c.Name]: // not the first time
	default:
		close(s.ready[c.Name])
	}
}
