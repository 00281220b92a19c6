package networkpolicies

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netns"
)

// largeNode is a node with 500 Pods of 50 namespaces and 1,000 policies.
func largeNode(b *testing.B) *network {
	b.Helper()
	n := newNetwork(b)
	for i := range 500 {
		n.State.SetPod(placed(i, fmt.Sprint("app-", i/50/5)))
	}
	for i := range 1000 {
		policy := parse(b, fmt.Sprint("policy-", i), fmt.Sprintf("podSelector: {matchLabels: {app: app-%d}}, policyTypes: [Ingress, Egress],"+
			"ingress: [{from: [{podSelector: {matchLabels: {app: app-%d}}}, {ipBlock: {cidr: 10.%d.0.0/16}}], ports: [{port: 80}, {port: %d}]}],"+
			"egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: app-%d}}}]}]", i/50%3, (i/50+1)%3, i%200, 1000+i, (i/50+2)%3))
		policy.Namespace = fmt.Sprint("namespace-", i%50)
		if err := n.State.SetPolicy(policy); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// placed returns a Pod of one of the 50 namespaces.
func placed(i int, app string) *Pod {
	return &Pod{
		Namespace: fmt.Sprint("namespace-", i%50), Name: fmt.Sprint("pod-", i), Local: true,
		Labels: map[string]string{"app": app}, IP: netip.AddrFrom4([4]byte{10, 244, byte(1 + i/250), byte(2 + i%250)}),
	}
}

// BenchmarkPodChange measures the time until a change is in the kernel. A replica is a Pod with the labels of another
// one; a workload is a Pod with labels that no other Pod of its namespace has.
func BenchmarkPodChange(b *testing.B) {
	n := largeNode(b)
	n.apply()
	for _, c := range []struct {
		name string
		pod  func(i int) *Pod
	}{
		{"replica", func(i int) *Pod { return placed(500+i%200, fmt.Sprint("app-", i%2)) }},
		{"workload", func(i int) *Pod { return placed(800+i%200, "app-2") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				pod := c.pod(i)
				for _, change := range []func(){func() { n.State.SetPod(pod) }, func() { n.State.DeletePod(pod.Namespace, pod.Name) }} {
					began := time.Now()
					change()
					if err := n.State.Apply(b.Context()); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms/p99")
		})
	}
}

// BenchmarkConnect measures how long a connection between two Pods takes that policies isolate and allow, before and
// after the rules are in the kernel.
func BenchmarkConnect(b *testing.B) {
	n := largeNode(b)
	n.addPod("client", "10.244.0.2")
	n.addPod("server", "10.244.0.3")
	client, server := placed(0, "app-1"), placed(0, "app-0") // as the policies allow
	client.Name, client.IP = "client", n.pods["client"].ip
	server.Name, server.IP = "server", n.pods["server"].ip
	n.State.SetPod(client)
	n.State.SetPod(server)
	address := netip.AddrPortFrom(server.IP, 80).String()
	connect := func(b *testing.B) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		own, err := netns.Get()
		if err == nil {
			err = netns.Set(n.pods["client"].ns)
		}
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = netns.Set(own) }() // the thread is used again
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			connection, err := net.Dial("tcp4", address)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
			_ = connection.(*net.TCPConn).SetLinger(0) // so that no port waits
			connection.Close()
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "us/median")
	}
	b.Run("without policies", connect)
	n.apply()
	b.Run("with policies", connect)
}
