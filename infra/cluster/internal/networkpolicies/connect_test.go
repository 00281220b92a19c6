package networkpolicies

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Results of a connection.
const (
	open    = "open"
	refused = "refused" // at once
	silent  = "no answer"
)

// connectTimeout is how long a connection may take.
const connectTimeout = 300 * time.Millisecond

// connect tries a connection from one Pod to a port of another.
func (n *network) connect(from, to string, protocol corev1.Protocol, port int) string {
	n.t.Helper()
	result := ""
	target := netip.AddrPortFrom(n.pods[to].ip, uint16(port)).String()
	n.in(n.pods[from].ns, func() error {
		var err error
		var failure net.Error
		if protocol == corev1.ProtocolTCP {
			var connection net.Conn
			if connection, err = net.DialTimeout("tcp4", target, connectTimeout); err == nil {
				_ = connection.(*net.TCPConn).SetLinger(0) // so that no port waits
				connection.Close()
			}
		} else {
			err = askUDP(target)
		}
		switch {
		case err == nil:
			result = open
		case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH):
			result = refused
		case errors.As(err, &failure) && failure.Timeout():
			result = silent
		default:
			return err
		}
		return nil
	})
	return result
}

func askUDP(target string) error {
	connection, err := net.Dial("udp4", target)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(connectTimeout)); err != nil {
		return err
	}
	if _, err := connection.Write([]byte("?")); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	return err
}
