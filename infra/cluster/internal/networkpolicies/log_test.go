package networkpolicies

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// refusals subscribes to LogGroup in the node, and returns the prefixes of the messages.
func (n *network) refusals() <-chan string {
	n.t.Helper()
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: int(n.node)})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { connection.Close() })
	const (
		logging = unix.NFNL_SUBSYS_ULOG << 8
		config  = logging | 1 // NFULNL_MSG_CONFIG
		command = 1           // NFULA_CFG_CMD
		bind    = 1           // NFULNL_CFG_CMD_BIND
		limit   = 5           // NFULA_CFG_QTHRESH: the messages that the kernel collects
		prefix  = 10          // NFULA_PREFIX
	)
	header := binary.BigEndian.AppendUint16([]byte{unix.AF_INET, 0}, LogGroup)
	attributes, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: command, Data: []byte{bind}}, {Type: limit, Data: binary.BigEndian.AppendUint32(nil, 1)},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := connection.Execute(netlink.Message{
		Header: netlink.Header{Type: config, Flags: netlink.Request | netlink.Acknowledge}, Data: append(header, attributes...),
	}); err != nil {
		n.t.Fatal(err)
	}
	prefixes := make(chan string, 1000)
	go func() {
		defer close(prefixes)
		for {
			messages, err := connection.Receive()
			if err != nil {
				return // closed
			}
			for _, message := range messages {
				found, _ := netlink.UnmarshalAttributes(message.Data[4:])
				for _, attribute := range found {
					if message.Header.Type == logging && attribute.Type == prefix {
						prefixes <- strings.TrimRight(string(attribute.Data), "\x00")
					}
				}
			}
		}
	}()
	return prefixes
}

func TestRefusedConnectionsAreLoggedWithTheIsolatingPolicies(t *testing.T) {
	n := newNetwork(t)
	n.addPod("client", "10.244.0.2")
	n.addPod("server", "10.244.0.3")
	n.State.SetPod(pod("client", "10.244.0.2", nil))
	n.State.SetPod(pod("server", "10.244.0.3", map[string]string{"app": "server"}))
	for name, spec := range map[string]string{
		"deny":     "podSelector: {matchLabels: {app: server}}, policyTypes: [Ingress]",
		"only-443": "podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 443}]}]",
	} {
		if err := n.State.SetPolicy(parse(t, name, spec)); err != nil {
			t.Fatal(err)
		}
	}
	n.apply()
	logged := n.refusals()
	if got := n.connect("client", "server", corev1.ProtocolTCP, 443); got != open {
		t.Fatalf("the connection to port 443 is %s", got)
	}
	began := time.Now()
	for range 100 {
		if got := n.connect("client", "server", corev1.ProtocolTCP, 80); got != refused {
			t.Fatalf("the connection to port 80 is %s", got)
		}
	}
	select {
	case got := <-logged:
		if want := "ingress near: deny, only-443"; got != want {
			t.Errorf("the message begins with %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no message")
	}
	// 20 at once, then 10 per second.
	if got, most := 1+len(logged), 20+10*int(time.Since(began)/time.Second+1); got > most {
		t.Errorf("%d messages of %d connections, want %d at most", got, 100, most)
	}
}
