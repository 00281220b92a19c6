package service

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Dialing is what came of opening a TCP connection. Remote is the address that answered, empty if none did.
type Dialing struct {
	Address      string           `json:"address"`
	Remote       string           `json:"remote"`
	Milliseconds float64          `json:"milliseconds"`
	Failure      *failure.Failure `json:"failure,omitempty"`
}

// dial opens a TCP connection and closes it at once. A connection that does not come about is a result, not an error.
func dial(w http.ResponseWriter, r *http.Request) {
	address := r.URL.Query().Get("address")
	if !isHostAndPort(address) {
		problem.Write(w, r, problem.Invalid(problem.Field{Name: "address", Detail: "It has to be host:port, such as clients.demo.svc:80."}))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), measureTimeout)
	defer cancel()
	result := Dialing{Address: address}
	start := time.Now()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	result.Milliseconds = milliseconds(start)
	if err != nil {
		why := failure.Of(err)
		result.Failure = &why
	} else {
		result.Remote = connection.RemoteAddr().String()
		connection.Close()
	}
	answer(w, result)
}

func isHostAndPort(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err != nil && !isHostName(host) {
		return false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}
