package loadbalancer_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"example.com/kubernetes-networking/infra/cluster/internal/loadbalancer"
)

// The API is client-go's fake; the end-to-end tests use a real one. Sockets are real, and loopback addresses stand in for
// the addresses of nodes.

const first, second, third = "127.123.0.2", "127.123.0.3", "127.123.0.4"

type host struct {
	client *fake.Clientset

	mutex  sync.Mutex
	taken  map[string]bool // addresses that another program holds
	opened []string
}

// newHost runs a controller on an API with the given objects.
func newHost(t *testing.T, objects ...runtime.Object) *host {
	t.Helper()
	h := &host{client: fake.NewClientset(objects...), taken: map[string]bool{}}
	h.client.PrependReactor("update", "services", h.updateStatus)
	controller, err := loadbalancer.New(h.client, h)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- controller.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	// The fake loses changes between a list and the watch after it.
	await(t, "four watches", func() bool {
		watches := 0
		for _, action := range h.client.Actions() {
			if action.GetVerb() == "watch" {
				watches++
			}
		}
		return watches == 4
	})
	return h
}

// updateStatus keeps the spec when a status is updated, as the API server does. The fake would overwrite it with the
// controller's copy and lose later changes of the test.
func (h *host) updateStatus(action clienttesting.Action) (handled bool, _ runtime.Object, _ error) {
	if action.GetSubresource() != "status" {
		return false, nil, nil
	}
	updated := action.(clienttesting.UpdateAction).GetObject().(*corev1.Service)
	current, err := h.client.Tracker().Get(action.GetResource(), updated.Namespace, updated.Name)
	if err != nil {
		return true, nil, err
	}
	service := current.(*corev1.Service).DeepCopy()
	service.Status, service.Finalizers = updated.Status, updated.Finalizers
	return true, service, h.client.Tracker().Update(action.GetResource(), service, service.Namespace)
}

func (h *host) Listen(address string) (net.Listener, error) {
	if err := h.open("tcp", address); err != nil {
		return nil, err
	}
	return net.Listen("tcp4", address)
}

func (h *host) ListenPacket(address string) (*net.UDPConn, error) {
	if err := h.open("udp", address); err != nil {
		return nil, err
	}
	return net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address)))
}

func (h *host) open(protocol, address string) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.taken[address] {
		return errors.New("address already in use")
	}
	h.opened = append(h.opened, protocol+" "+address)
	return nil
}

// take marks an address as held by another program, or as free.
func (h *host) take(address string, taken bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.taken[address] = taken
}

// listened returns the listeners that have been opened so far.
func (h *host) listened() []string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return slices.Clone(h.opened)
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func wantMention(t *testing.T, message string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(message, word) {
			t.Errorf("the message does not mention %s: %s", word, message)
		}
	}
}
