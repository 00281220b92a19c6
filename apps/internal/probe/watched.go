package probe

import (
	"encoding/binary"
	"net"
)

// watched is a connection to a DNS server. Go's resolver sends one query on it.
type watched struct {
	net.Conn
	queries *queries
	query   *sentQuery
	// stream reports TCP, where two bytes with the length precede each message (RFC 1035 section 4.2.2).
	stream bool
	// received is the part of a message that has arrived on a stream.
	received []byte
}

// watchedPackets is a watched connection for datagrams. The resolver treats a connection that is not a net.PacketConn as a
// stream.
type watchedPackets struct {
	*watched
	packets net.PacketConn
}

// watch wraps a connection to record its query and response.
func (q *queries) watch(connection net.Conn) net.Conn {
	packets, datagrams := connection.(net.PacketConn)
	w := &watched{Conn: connection, queries: q, stream: !datagrams}
	if datagrams {
		return watchedPackets{w, packets}
	}
	return w
}

// lengthBytes is the size of the length prefix.
const lengthBytes = 2

func (w *watched) Write(message []byte) (int, error) {
	if query := message; w.query == nil {
		if w.stream && len(query) >= lengthBytes {
			query = query[lengthBytes:]
		}
		w.query = w.queries.send(query, w.RemoteAddr())
	}
	written, err := w.Conn.Write(message)
	w.note(nil, err)
	return written, err
}

func (w *watched) Read(into []byte) (int, error) {
	length, err := w.Conn.Read(into)
	w.note(into[:length], err)
	return length, err
}

func (w *watched) note(received []byte, err error) {
	switch {
	case w.query == nil:
	case err != nil:
		w.queries.fail(w.query, err)
	case !w.stream && len(received) > 0:
		w.queries.receive(w.query, received)
	case w.stream:
		w.received = append(w.received, received...)
		if len(w.received) < lengthBytes {
			return
		}
		message := w.received[lengthBytes:]
		if length := int(binary.BigEndian.Uint16(w.received)); len(message) >= length {
			w.queries.receive(w.query, message[:length])
		}
	}
}

// ReadFrom and WriteTo are never called, because the resolver's connections are connected to one server.
func (w watchedPackets) ReadFrom(into []byte) (int, net.Addr, error) { return w.packets.ReadFrom(into) }

func (w watchedPackets) WriteTo(message []byte, to net.Addr) (int, error) {
	return w.packets.WriteTo(message, to)
}
