package supervisor

import (
	"context"
	"os"
)

// Component is one process of the cluster.
type Component struct {
	Name string
	Path string
	Args []string
	Env  []string
	// Files are inherited from file descriptor 3 on.
	Files []*os.File
	// Needs names the components that must have been ready once before this one is started.
	Needs []string
	// Ready returns nil once the component serves. It is asked again and again until then. A component without one is
	// ready when it runs.
	Ready func(context.Context) error
}
