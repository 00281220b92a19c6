package supervisor

import (
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// State is the state of a component.
type State string

// The states of a component, in the order in which it passes through them.
const (
	Waiting    State = "waiting" // for what it needs
	Running    State = "running" // and not ready yet
	Ready      State = "ready"
	Restarting State = "restarting" // it ended, and the back-off runs
	Stopped    State = "stopped"
)

// ComponentStatus is the status of one component.
type ComponentStatus struct {
	Name     string    `json:"name"`
	State    State     `json:"state"`
	PID      int       `json:"pid,omitempty"` // in the cluster's PID namespace
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	LastExit string    `json:"lastExit,omitempty"`
	Ends     int       `json:"ends,omitempty"` // in a row, each soon after the start
}

// Status is the content of a status file. `cluster up` and `cluster status` read it.
type Status struct {
	Started    time.Time         `json:"started"`
	Ready      bool              `json:"ready"`              // nodes Ready and cluster DNS answering
	Waiting    string            `json:"waiting"`            // step of the start that is not done, for people
	Failure    string            `json:"failure,omitempty"`  // why the cluster cannot become ready
	Stopping   bool              `json:"stopping,omitempty"` // an orderly stop has begun
	Components []ComponentStatus `json:"components"`
}

// StatusFile keeps a Status in memory, and writes it to a file at every change.
type StatusFile struct {
	path     string
	mutex    sync.Mutex
	status   Status
	retrying bool
}

// retryPeriod is how long the file may stay outdated once the disk has room again.
const retryPeriod = time.Second

// NewStatusFile creates the file.
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

// Since returns when a component was last started, or the zero time.
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

// Change changes the status. It logs an error of the disk, and writes the file again later.
func (f *StatusFile) Change(change func(*Status)) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	change(&f.status)
	if err := f.write(); err != nil {
		slog.Warn("status file not written", "error", err)
		f.retry()
	}
}

// retry schedules another write. The caller holds the mutex.
func (f *StatusFile) retry() {
	if f.retrying {
		return
	}
	f.retrying = true
	time.AfterFunc(retryPeriod, func() {
		f.Change(func(*Status) { f.retrying = false })
	})
}

// write replaces the file, so that readers see the old or the new status. It does not wait for the disk, unlike
// renameio: the status is about running processes, and worthless after a power cut.
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

// State returns the state of a component, or "" if it does not exist.
func (s Status) State(name string) State {
	for _, c := range s.Components {
		if c.Name == name {
			return c.State
		}
	}
	return ""
}

// Serving reports whether the cluster became ready and every component is ready now.
func (s Status) Serving() bool { return s.Ready && !s.Stopping && s.WaitingFor() == "" }

// WaitingFor returns, for people, what the cluster waits for: a step of its start, or components that restart.
func (s Status) WaitingFor() string {
	if !s.Ready {
		return s.Waiting
	}
	var names []string
	for _, c := range s.Components {
		if c.State != Ready && c.State != Stopped { // the user stopped a node that is Stopped
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// failingEnds is the number of ends in a row, about 4 s with the back-off, after which a component counts as failing.
const failingEnds = 5

// Failing returns the components that keep ending. The supervisor still restarts them, because the cause may pass.
func (s Status) Failing() []ComponentStatus {
	var failing []ComponentStatus
	for _, c := range s.Components {
		if c.State == Restarting && c.Ends >= failingEnds {
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
