package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/httpserver"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// controlSocket is the name of the Unix socket, in the state folder, that accepts commands. Only root can enter the
// folder.
const controlSocket = "control.sock"

// controlTimeout is longer than the kernel takes to end the processes of a node.
const controlTimeout = 30 * time.Second

// serveControl serves commands that change the running cluster until ctx ends. Components that a command starts run
// until components ends.
func (c *cluster) serveControl(ctx, components context.Context) error {
	listener, err := httpserver.ListenUnix(c.root.State(controlSocket))
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	handler := http.NewServeMux()
	handler.HandleFunc("POST /nodes/{node}/stop", c.nodeHandler(c.supervisor.Kill))
	handler.HandleFunc("POST /nodes/{node}/start", c.nodeHandler(func(name string) bool {
		return c.supervisor.Restart(components, name)
	}))
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = httpserver.Serve(ctx, server, listener) }()
	return nil
}

// nodeHandler applies change to the node that the request names. It answers 409 if that changed nothing.
func (c *cluster) nodeHandler(change func(name string) (changed bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		node, err := layout.ParseNode(r.PathValue("node"))
		if err == nil && !slices.Contains(c.nodes, node) {
			err = fmt.Errorf("the cluster has no node %s", node.Name())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		if !change(node.Name()) {
			w.WriteHeader(http.StatusConflict)
		}
	}
}

// StopNode kills all processes of a node of the running cluster. It returns false if the node does not run.
func StopNode(root layout.Root, node layout.Node) (changed bool, err error) {
	return changeNode(root, node, "stop")
}

// StartNode starts a node of the running cluster that was stopped. It returns false if the node runs, and does not wait
// until the node is Ready.
func StartNode(root layout.Root, node layout.Node) (changed bool, err error) {
	return changeNode(root, node, "start")
}

func changeNode(root layout.Root, node layout.Node, action string) (changed bool, err error) {
	folder, err := os.Open(root.State())
	if err != nil {
		return false, err
	}
	defer folder.Close()
	// The path of a Unix socket has at most 107 characters, and the path of the checkout may have more.
	socket := fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), controlSocket)
	client := http.Client{Timeout: controlTimeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	response, err := client.Post("http://cluster/nodes/"+node.Name()+"/"+action, "", nil)
	if err != nil {
		return false, fmt.Errorf("%s node %s: %w", action, node.Name(), err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusConflict:
		return false, nil
	}
	text, err := io.ReadAll(response.Body)
	return false, errors.Join(errors.New(string(bytes.TrimSpace(text))), err)
}
