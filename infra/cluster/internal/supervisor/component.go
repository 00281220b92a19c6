package supervisor

import (
	"os"
	"time"
)

// Component describes one process: what it is started with, what it waits for, when it is ready, and how it stops.
// It inherits the environment of the supervisor.
type Component struct {
	Name string
	// Command is the program, as a path or as a name to find in PATH, followed by its arguments.
	Command []string
	// Files are inherited from file descriptor 3 on.
	Files []*os.File
	// Cloneflags are the Linux namespaces that the process gets for itself, see clone(2).
	Cloneflags uintptr
	// Log is the path of the file that the output is appended to.
	Log string
	// Needs names the components that must have been ready once before this one starts.
	Needs []string
	// After delays the start until it succeeds.
	After Probe
	// Ready succeeds once the component serves. Without it, a component is ready as soon as it runs.
	Ready Probe
	// Stop is the component's part in Supervisor.Stop.
	Stop Stop
}

// Stop describes how a component ends in an orderly stop of all components.
type Stop struct {
	// Step orders the components: those of one step have all ended before those of the next are stopped.
	Step int
	// Before, if not nil, runs before SIGTERM is sent. Its error is logged.
	Before func() error
	// Grace is the time between SIGTERM and SIGKILL.
	Grace time.Duration
}
