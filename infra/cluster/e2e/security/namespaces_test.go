//go:build e2e

package security

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"github.com/vishvananda/netns"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// network is a network namespace, identified by the ID of a process in it.
type network int

// host returns the network of the tests, which is the host's network to the cluster.
func host() network { return network(os.Getpid()) }

// controlPlane returns the network of the API server and etcd.
func controlPlane(t *testing.T) network {
	t.Helper()
	pid, err := sandbox.PID(clustertest.Root())
	if err != nil || pid == 0 {
		t.Fatalf("the cluster's process 1 is %d: %v", pid, err)
	}
	return network(pid)
}

// of returns the network of a node, which its kubelet and its Pods with hostNetwork use.
func of(t *testing.T, node layout.Node) network {
	t.Helper()
	processes, err := procfs.AllProcs()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		command, err := p.CmdLine()
		if err != nil || len(command) < 4 || !slices.Equal(command[1:4], []string{"init-node", "--node", node.Name()}) {
			continue
		}
		// Its parent is the supervisor, whose parent is the cluster's process 1.
		if grandparent(p) == int(controlPlane(t)) {
			return network(p.PID)
		}
	}
	t.Fatalf("node %s has no process", node.Name())
	return 0
}

func grandparent(p procfs.Proc) int {
	stat, err := p.Stat()
	if err != nil {
		return 0
	}
	parent, err := procfs.NewProc(stat.PPID)
	if err != nil {
		return 0
	}
	stat, err = parent.Stat()
	if err != nil {
		return 0
	}
	return stat.PPID
}

// enter runs do in a thread in the network.
func (n network) enter(do func() error) error {
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with this goroutine
		namespace, err := netns.GetFromPid(int(n))
		if err == nil {
			defer namespace.Close()
			err = netns.Set(namespace)
		}
		if err == nil {
			err = do()
		}
		ended <- err
	}()
	return <-ended
}

// dial connects to a TCP address from inside the network.
func (n network) dial(address string) (conn net.Conn, err error) {
	return conn, n.enter(func() error {
		conn, err = net.DialTimeout("tcp4", address, 5*time.Second)
		return err
	})
}

// dialContext is dial for an HTTP client.
func (n network) dialContext(_ context.Context, _, address string) (net.Conn, error) {
	return n.dial(address)
}

// States of sockets (Linux, include/net/tcp_states.h). An unconnected UDP socket has the state TCP_CLOSE.
const (
	tcpListens = 10
	udpListens = 7
)

// listeners returns the listening sockets in the network, such as "tcp 127.0.0.1:16443".
func (n network) listeners(t *testing.T) []string {
	t.Helper()
	fs, err := procfs.NewFS(filepath.Join("/proc", strconv.Itoa(int(n))))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	tcp := func(sockets procfs.NetTCP, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sockets {
			if s.St == tcpListens {
				all = append(all, fmt.Sprintf("tcp %s", address(s.LocalAddr, s.LocalPort)))
			}
		}
	}
	udp := func(sockets procfs.NetUDP, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sockets {
			if s.St == udpListens {
				all = append(all, fmt.Sprintf("udp %s", address(s.LocalAddr, s.LocalPort)))
			}
		}
	}
	tcp(fs.NetTCP())
	tcp(fs.NetTCP6())
	udp(fs.NetUDP())
	udp(fs.NetUDP6())
	slices.Sort(all)
	return all
}

func address(ip net.IP, port uint64) string {
	return net.JoinHostPort(ip.String(), strconv.FormatUint(port, 10))
}

// open returns the listeners that do not listen on loopback.
func open(listeners []string) []string {
	return slices.DeleteFunc(slices.Clone(listeners), func(listener string) bool {
		_, address, _ := strings.Cut(listener, " ")
		ip, _, err := net.SplitHostPort(address)
		return err == nil && net.ParseIP(ip).IsLoopback()
	})
}
