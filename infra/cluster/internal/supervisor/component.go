package supervisor

import (
	"context"
	"os"
	"syscall"
)

// Component is one process of the cluster.
type Component struct {
	Name string
	Path string
	Args []string
	Env  []string
	// Files are inherited from file descriptor 3 on.
	Files []*os.File
	// Namespace, if not nil, says in which namespaces of its own the process is started.
	Namespace *syscall.SysProcAttr
	// Needs names the components that must have been ready once before this one is started.
	Needs []string
	// After, if not nil, returns nil once the component may be started. It is asked again and again until then.
	After func(context.Context) error
	// Ready returns nil once the component serves. It is asked again and again until then. A component without one is
	// ready when it runs.
	Ready func(context.Context) error
}
