package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// State is where a component is in its life.
type State string

// The states of a component, in the order of its life.
const (
	Waiting    State = "waiting" // for what it needs
	Running    State = "running" // and not ready yet
	Ready      State = "ready"
	Restarting State = "restarting" // it ended, and the back-off runs
	Stopped    State = "stopped"
)

// ComponentStatus is what is known of one component.
type ComponentStatus struct {
	Name     string    `json:"name"`
	State    State     `json:"state"`
	PID      int       `json:"pid,omitempty"` // in the cluster's PID namespace
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	LastExit string    `json:"lastExit,omitempty"`
	Ends     int       `json:"ends,omitempty"` // in a row, each soon after the start
}

// Status is what `cluster up` and `cluster status` read.
type Status struct {
	Started    time.Time         `json:"started"`
	Ready      bool              `json:"ready"`              // node Ready and cluster DNS answering
	Waiting    string            `json:"waiting"`            // what the cluster waits for, for people
	Failure    string            `json:"failure,omitempty"`  // why it can't become ready
	Stopping   bool              `json:"stopping,omitempty"` // it was asked to end
	Components []ComponentStatus `json:"components"`
}

// StatusFile keeps a Status and writes it to a file at every change, whole or not at all.
type StatusFile struct {
	path     string
	mutex    sync.Mutex
	status   Status
	retrying bool
}

// retryPeriod is how long the file may lag behind once the disk has room again.
const retryPeriod = time.Second

// NewStatusFile makes the file.
func NewStatusFile(path string) (*StatusFile, error) {
	f := &StatusFile{path: path, status: Status{Started: time.Now()}}
	return f, f.write()
}

// Set changes the status of one component.
func (f *StatusFile) Set(name string, change func(*ComponentStatus)) {
	f.Change(func(s *Status) {
		i := slices.IndexFunc(s.Components, func(c ComponentStatus) bool { return c.Name == name })
		if i < 0 {
			i = len(s.Components)
			s.Components = append(s.Components, ComponentStatus{Name: name})
		}
		change(&s.Components[i])
	})
}

// Since is when a component was started last.
func (f *StatusFile) Since(name string) time.Time {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, c := range f.status.Components {
		if c.Name == name {
			return c.Since
		}
	}
	return time.Time{}
}

// Change changes the status of the cluster.
func (f *StatusFile) Change(change func(*Status)) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	change(&f.status)
	if err := f.write(); err != nil {
		fmt.Fprintln(os.Stderr, "write the status file:", err) // to the supervisor's log; the cluster goes on
		f.retry()
	}
}

// retry writes the file again later. The mutex is held.
func (f *StatusFile) retry() {
	if f.retrying {
		return
	}
	f.retrying = true
	time.AfterFunc(retryPeriod, func() {
		f.Change(func(*Status) { f.retrying = false })
	})
}

func (f *StatusFile) write() error {
	content, err := json.MarshalIndent(f.status, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(f.path+".new", f.path)
}

// State is the state of a component, or nothing where there is no such.
func (s Status) State(name string) State {
	for _, c := range s.Components {
		if c.Name == name {
			return c.State
		}
	}
	return ""
}

// Serving says that the cluster became ready, and that every component is still, or again.
func (s Status) Serving() bool { return s.Ready && !s.Stopping && s.WaitingFor() == "" }

// WaitingFor is what the cluster waits for, for people: a step of its start, or components that have to come back.
func (s Status) WaitingFor() string {
	if !s.Ready {
		return s.Waiting
	}
	var names []string
	for _, c := range s.Components {
		if c.State != Ready && c.State != Stopped { // a node that somebody has stopped is not waited for
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// hopeless is the number of ends in a row, some 4 s with the back-off, after which nobody should wait for a component.
const hopeless = 5

// Failing returns the components that keep ending. They are started again all the same: what stops them may pass.
func (s Status) Failing() []ComponentStatus {
	var failing []ComponentStatus
	for _, c := range s.Components {
		if c.State == Restarting && c.Ends >= hopeless {
			failing = append(failing, c)
		}
	}
	return failing
}

// ReadStatus reads a status file.
func ReadStatus(path string) (Status, error) {
	var status Status
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &status)
	}
	return status, err
}
