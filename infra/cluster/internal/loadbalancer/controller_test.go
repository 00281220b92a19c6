package loadbalancer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"example.com/kubernetes-networking/infra/cluster/internal/loadbalancer"
)

// The API is client-go's fake; the end-to-end test drives the same controller with the real one. Listeners are real.

type host struct {
	client *fake.Clientset

	mutex sync.Mutex
	taken map[string]bool // addresses that another program holds
}

func newHost(t *testing.T, taken ...string) *host {
	t.Helper()
	h := &host{client: fake.NewClientset(), taken: map[string]bool{}}
	for _, address := range taken {
		h.taken[address] = true
	}
	controller, err := loadbalancer.New(h.client, h.listen)
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
	return h
}

func (h *host) listen(address string) (net.Listener, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.taken[address] {
		return nil, errors.New("address already in use")
	}
	return net.Listen("tcp4", address)
}

// backend is a server on 127.0.0.1, which stands for a ClusterIP.
func backend(t *testing.T, answer string) (port int32) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	t.Cleanup(server.Close)
	return int32(server.Listener.Addr().(*net.TCPAddr).Port)
}

func (h *host) create(t *testing.T, name string, kind corev1.ServiceType, port int32) {
	t.Helper()
	_, err := h.client.CoreV1().Services("default").Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
		Spec:       corev1.ServiceSpec{Type: kind, ClusterIP: "127.0.0.1", Ports: []corev1.ServicePort{{Port: port}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *host) addressOf(t *testing.T, name string) string {
	t.Helper()
	service, err := h.client.CoreV1().Services("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(service.Status.LoadBalancer.Ingress) == 0 {
		return ""
	}
	ingress := service.Status.LoadBalancer.Ingress[0]
	if ingress.IPMode == nil || *ingress.IPMode != corev1.LoadBalancerIPModeProxy {
		t.Errorf("ipMode of %s is %v, want %s", name, ingress.IPMode, corev1.LoadBalancerIPModeProxy)
	}
	return ingress.IP
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

func get(address string, port int32) (string, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	response, err := client.Get(fmt.Sprintf("http://%s:%d/", address, port))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestEachLoadBalancerServiceAnswersOnAnAddressOfItsOwn(t *testing.T) {
	h := newHost(t)
	first, second := backend(t, "first"), backend(t, "second")
	h.create(t, "first", corev1.ServiceTypeLoadBalancer, first)
	h.create(t, "second", corev1.ServiceTypeLoadBalancer, second)
	await(t, "two addresses", func() bool { return h.addressOf(t, "first") != "" && h.addressOf(t, "second") != "" })

	if h.addressOf(t, "first") == h.addressOf(t, "second") {
		t.Fatalf("both have %s", h.addressOf(t, "first"))
	}
	for name, port := range map[string]int32{"first": first, "second": second} {
		address := h.addressOf(t, name)
		if !strings.HasPrefix(address, "127.80.0.") {
			t.Errorf("%s has %s, want one of 127.80.0.0/24", name, address)
		}
		if answer, err := get(address, port); answer != name || err != nil {
			t.Errorf("%s answers %q, %v", name, answer, err)
		}
	}
}

func TestDeletedServiceStopsAnsweringAndFreesItsAddress(t *testing.T) {
	h := newHost(t)
	port := backend(t, "hello")
	h.create(t, "old", corev1.ServiceTypeLoadBalancer, port)
	await(t, "an address", func() bool { return h.addressOf(t, "old") != "" })
	address := h.addressOf(t, "old")

	if err := h.client.CoreV1().Services("default").Delete(t.Context(), "old", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "connections are refused", func() bool { _, err := get(address, port); return err != nil })
	h.create(t, "new", corev1.ServiceTypeLoadBalancer, port)
	await(t, "an address", func() bool { return h.addressOf(t, "new") != "" })
	if got := h.addressOf(t, "new"); got != address {
		t.Errorf("the new Service has %s, want the freed %s", got, address)
	}
}

func TestServiceThatIsNoLongerALoadBalancerLosesItsAddress(t *testing.T) {
	h := newHost(t)
	port := backend(t, "hello")
	h.create(t, "web", corev1.ServiceTypeLoadBalancer, port)
	await(t, "an address", func() bool { return h.addressOf(t, "web") != "" })
	address := h.addressOf(t, "web")

	service, err := h.client.CoreV1().Services("default").Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	service.Spec.Type = corev1.ServiceTypeClusterIP
	if _, err := h.client.CoreV1().Services("default").Update(t.Context(), service, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "no address", func() bool { return h.addressOf(t, "web") == "" })
	if _, err := get(address, port); err == nil {
		t.Errorf("%s still answers", address)
	}
}

func TestTakenPortIsReportedAsAnEventAndNotPublished(t *testing.T) {
	port := backend(t, "hello")
	h := newHost(t, fmt.Sprintf("127.80.0.1:%d", port))
	h.create(t, "web", corev1.ServiceTypeLoadBalancer, port)
	var message string
	await(t, "an event", func() bool {
		events, err := h.client.CoreV1().Events("default").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(events.Items) == 0 {
			return false
		}
		message = events.Items[0].Reason + ": " + events.Items[0].Message
		return true
	})
	if want := fmt.Sprintf("PortTaken: 127.80.0.1:%d can't be listened on", port); !strings.HasPrefix(message, want) {
		t.Errorf("the event is %q, want %q…", message, want)
	}
	if got := h.addressOf(t, "web"); got != "" {
		t.Errorf("the address %s is published although nobody answers there", got)
	}
}
