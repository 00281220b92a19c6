package loadbalancer_test

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestTwoServicesAnswerOnTheSamePortOfTheirOwnAddresses(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue))
	port, other := serve(t, first, second), serve(t, first)
	h.create(t, "one", []corev1.ServicePort{tcp(port)})
	one := h.awaitAddress(t, "one")
	h.create(t, "two", []corev1.ServicePort{{Port: port, NodePort: other, Protocol: corev1.ProtocolTCP}})
	two := h.awaitAddress(t, "two")

	if one != "127.80.0.1" || two != "127.80.0.2" {
		t.Errorf("the addresses are %s and %s, want 127.80.0.1 and 127.80.0.2", one, two)
	}
	if got, want := answers(t, one, port), []string{first, second}; !slices.Equal(got, want) {
		t.Errorf("%q answer for one, want %q", got, want)
	}
	if got, want := answers(t, two, port), []string{first}; !slices.Equal(got, want) {
		t.Errorf("%q answer for two, want %q", got, want)
	}
}

func TestServiceOfAnotherClassIsLeftAlone(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "theirs", []corev1.ServicePort{tcp(port)}, func(service *corev1.Service) {
		service.Spec.LoadBalancerClass = ptr.To("example.com/other")
	})
	h.create(t, "ours", []corev1.ServicePort{tcp(port)})
	h.awaitAddress(t, "ours") // it was synced later
	if got := h.addressOf(t, "theirs"); got != "" {
		t.Errorf("it has the address %s, want none", got)
	}
}

func TestServiceUnderDeletionStopsAnswering(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)}, withoutNodePort)
	address := h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) { // another finalizer delays the deletion
		service.DeletionTimestamp, service.Finalizers = ptr.To(metav1.Now()), []string{"example.com/slow"}
	})
	await(t, "no address", func() bool { return h.addressOf(t, "web") == "" })
	awaitRefused(t, address, port)
}

func TestOnePortAnswersByBothProtocols(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	dns := serve(t, first)
	h.create(t, "dns", []corev1.ServicePort{tcp(dns), udp(dns)})
	address := h.awaitAddress(t, "dns")
	wantAnswer(t, "tcp", address, dns, first)
	wantAnswer(t, "udp", address, dns, first)
}

func TestSCTPIsRefused(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	sctp := corev1.ServicePort{Port: 9999, NodePort: 9999, Protocol: corev1.ProtocolSCTP}
	h.create(t, "web", []corev1.ServicePort{tcp(serve(t, first)), sctp})
	wantMention(t, h.awaitEvent(t, "web", "ProtocolNotSupported"), "port 9999", "SCTP", "TCP and UDP")
	if got := h.addressOf(t, "web"); got != "" {
		t.Errorf("it has the address %s, where port 9999 does not answer", got)
	}
	if opened := h.listened(); slices.ContainsFunc(opened, func(at string) bool { return strings.HasSuffix(at, ":9999") }) {
		t.Errorf("its port is listened on by another protocol: %q", opened)
	}
}

func TestChangedPortsLeaveTheOthersAlone(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	gone, stays, comes := serve(t, first), serve(t, first), serve(t, first)
	held, err := net.Listen("tcp4", first+":0") // a server whose connections stay open
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	go func() {
		conn, err := held.Accept()
		if err == nil {
			_, _ = io.Copy(conn, conn)
		}
	}()
	holding := int32(held.Addr().(*net.TCPAddr).Port)
	h.create(t, "web", []corev1.ServicePort{tcp(gone), tcp(stays), tcp(holding)})
	address := h.awaitAddress(t, "web")
	conn, err := net.Dial("tcp4", hostPort(address, holding))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wantEcho(t, conn, "before")
	before := len(h.listened())

	h.change(t, "web", func(service *corev1.Service) { service.Spec.Ports = []corev1.ServicePort{tcp(stays), tcp(comes)} })
	await(t, "the new port", func() bool {
		answer, _ := ask("tcp", address, comes)
		return answer == first
	})
	awaitRefused(t, address, gone)
	wantAnswer(t, "tcp", address, stays, first)
	wantEcho(t, conn, "after its listener is closed")
	opened := h.listened()[before:]
	slices.Sort(opened)
	if want := []string{fmt.Sprintf("tcp %s:%d", address, comes), fmt.Sprintf("tcp 127.81.0.1:%d", comes)}; !slices.Equal(opened, want) {
		t.Errorf("the listeners %q were opened, want only %q", opened, want)
	}
}

func wantEcho(t *testing.T, conn net.Conn, word string) {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(word)); err != nil {
		t.Fatal(err)
	}
	echo := make([]byte, len(word))
	if _, err := io.ReadFull(conn, echo); err != nil || string(echo) != word {
		t.Errorf("the connection answers %q, %v, want %q", echo, err, word)
	}
}

func TestNewTargetNeedsNoNewListener(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first, second)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "web")
	wantAnswer(t, "tcp", address, port, first)
	h.change(t, "web", func(service *corev1.Service) {
		service.Spec.ClusterIP, service.Spec.Ports[0].NodePort = second, 0
	})
	await(t, "the new target", func() bool {
		answer, _ := ask("tcp", address, port)
		return answer == second
	})
	var onAddress []string
	for _, opened := range h.listened() {
		if strings.Contains(opened, address+":") {
			onAddress = append(onAddress, opened)
		}
	}
	if len(onAddress) != 1 {
		t.Errorf("the address was listened on %d times, want once: %q", len(onAddress), onAddress)
	}
}
