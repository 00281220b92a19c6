package probe

import (
	"encoding/binary"
	"net"
)

// watched is a connection to a DNS server, on which Go's resolver sends one query.
type watched struct {
	net.Conn
	queries *queries
	asked   *sentQuery
	// stream is whether it is TCP, where the length of a message, two bytes, precedes it (RFC 1035 section 4.2.2).
	stream bool
	// received is what has come of a message on a stream.
	received []byte
}

// watchedPackets is a watched connection of datagrams. The resolver takes for a stream what is no net.PacketConn.
type watchedPackets struct {
	*watched
	packets net.PacketConn
}

// watch returns a connection that records what is sent and received on another.
func (q *queries) watch(connection net.Conn) net.Conn {
	packets, datagrams := connection.(net.PacketConn)
	w := &watched{Conn: connection, queries: q, stream: !datagrams}
	if datagrams {
		return watchedPackets{w, packets}
	}
	return w
}

// lengthBytes is the length of a message's length.
const lengthBytes = 2

func (w *watched) Write(message []byte) (int, error) {
	if query := message; w.asked == nil {
		if w.stream && len(query) >= lengthBytes {
			query = query[lengthBytes:]
		}
		w.asked = w.queries.send(query, w.RemoteAddr())
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
	case w.asked == nil:
	case err != nil:
		w.queries.fail(w.asked, err)
	case !w.stream && len(received) > 0:
		w.queries.receive(w.asked, received)
	case w.stream:
		w.received = append(w.received, received...)
		if len(w.received) < lengthBytes {
			return
		}
		message := w.received[lengthBytes:]
		if length := int(binary.BigEndian.Uint16(w.received)); len(message) >= length {
			w.queries.receive(w.asked, message[:length])
		}
	}
}

// ReadFrom and WriteTo are never called: the resolver's connections have one server.
func (w watchedPackets) ReadFrom(into []byte) (int, net.Addr, error) { return w.packets.ReadFrom(into) }

func (w watchedPackets) WriteTo(message []byte, to net.Addr) (int, error) {
	return w.packets.WriteTo(message, to)
}
