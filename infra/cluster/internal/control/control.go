// Package control asks a running cluster to change.
package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Socket is the name of the Unix socket, in the state folder, that the cluster answers on.
const Socket = "control.sock"

// timeout is beyond what the kernel needs to end a node's processes.
const timeout = 30 * time.Second

// Node asks the cluster to do something with a node: "stop" or "start". That it was done before is no error, and changes
// nothing.
func Node(root layout.Root, name, action string) (changed bool, err error) {
	folder, err := os.Open(root.State())
	if err != nil {
		return false, err
	}
	defer folder.Close()
	// The path of a Unix socket has at most 107 characters, and that of the checkout may have more.
	socket := fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), Socket)
	client := http.Client{Timeout: timeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	response, err := client.Post("http://cluster/nodes/"+name+"/"+action, "", nil)
	if err != nil {
		return false, fmt.Errorf("ask the cluster to %s %s: %w", action, name, err)
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
