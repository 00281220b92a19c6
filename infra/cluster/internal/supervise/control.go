package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/control"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// serveControl answers the commands that change a running cluster, on a Unix socket in the state folder, until ctx ends.
// Who may enter the folder is root. What is started lives as long as life.
func (c *cluster) serveControl(ctx, life context.Context) error {
	path := c.root.State(control.Socket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	handler := http.NewServeMux()
	handler.HandleFunc("POST /nodes/{node}/stop", c.withNode(c.supervisor.Kill))
	handler.HandleFunc("POST /nodes/{node}/start", c.withNode(func(name string) bool { return c.supervisor.Restart(life, name) }))
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // its error is the one of Close
	return nil
}

// withNode does something with the node that the request names. Where that changed nothing, the answer is a conflict.
func (c *cluster) withNode(do func(name string) (changed bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		node, err := layout.ParseNode(r.PathValue("node"))
		if err == nil && !slices.Contains(c.nodes, node) {
			err = fmt.Errorf("the cluster has no node %s", node.Name())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		if !do(node.Name()) {
			w.WriteHeader(http.StatusConflict)
		}
	}
}
