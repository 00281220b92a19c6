package networkpolicies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/httpserver"
)

// AssignSocket is where a node's controller receives the addresses of new Pods from the CNI plugin network-policies.
const AssignSocket = "/run/network-policies.sock"

// Assignment is the body of the plugin's request: a new Pod of this node with its address.
type Assignment struct {
	Namespace, Name, UID string
	IP                   netip.Addr
}

// addressAnnotation holds the address of a new Pod until the kubelet reports it, which is after the start of the
// containers. Other nodes drop packets of addresses that they do not know. Everybody who may create Pods may set it, so
// an address that belongs to another Pod is ignored.
const addressAnnotation = "kubernetes-networking/pod-ip"

// dialInterval is the time between two attempts to reach a controller that is starting.
const dialInterval = 50 * time.Millisecond

// Assign sends an assignment to the controller of this node, and returns when the Pod's rules are in the kernel.
func Assign(ctx context.Context, assignment Assignment) error {
	body, err := json.Marshal(assignment)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, assignTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DialContext: dialController}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://network-policies/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		message, _ := io.ReadAll(response.Body)
		return errors.New(strings.TrimSpace(string(message)))
	}
	return nil
}

// dialController connects to the controller, and waits for one that is starting.
func dialController(ctx context.Context, _, _ string) (net.Conn, error) {
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", AssignSocket)
		if err == nil || ctx.Err() != nil {
			return connection, err
		}
		select {
		case <-time.After(dialInterval):
		case <-ctx.Done():
			return nil, fmt.Errorf("no controller of NetworkPolicies: %w", err)
		}
	}
}

// publisher returns a function that writes addressAnnotation. kubelet is a client with the rights of the node's kubelet,
// which may change the status and the annotations of its own Pods only. The kubelet would revert a change of the status.
func publisher(kubelet kubernetes.Interface) func(ctx context.Context, a Assignment) error {
	return func(ctx context.Context, a Assignment) error {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"uid":         a.UID, // not a successor of the same name
			"annotations": map[string]any{addressAnnotation: a.IP},
		}})
		if err != nil {
			return err
		}
		_, err = kubelet.CoreV1().Pods(a.Namespace).Patch(ctx, a.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		return err
	}
}

// serveAssignments answers the CNI plugin until ctx ends.
func serveAssignments(ctx context.Context, controller *Controller) error {
	listener, err := httpserver.ListenUnix(AssignSocket)
	if err != nil {
		return fmt.Errorf("serve the CNI plugin: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var assignment Assignment
		if err := json.NewDecoder(r.Body).Decode(&assignment); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := controller.Assign(r.Context(), assignment); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	return httpserver.Serve(ctx, server, listener)
}
