package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
)

const (
	// userAgent marks probes in the logs of their targets.
	userAgent = "kubernetes-networking-probe"
	// maxHead limits the bytes that are read of an answer. Only its head is of interest, which takes a few hundred.
	maxHead = 16 << 10
)

// converse sends the first message of the target's protocol, and returns the answer. Both results are nil for plain TCP.
func converse(ctx context.Context, connection net.Conn, target contract.Target) (*Answer, *failure.Failure) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	// If the caller hangs up, reads and writes fail at once, too.
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var answer Answer
	var err error
	switch target.Scheme {
	case "http":
		answer, err = askHTTP(ctx, connection, target)
	case "postgresql":
		answer, err = askPostgreSQL(connection)
	default:
		return nil, nil
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &failure.Failure{
			Code: failure.Timeout, Detail: fmt.Sprintf("The connection succeeded, but no answer came within %s.", stepTimeout),
		}
	case err != nil:
		why := failure.Of(fmt.Errorf("the connection succeeded, and then: %w", err))
		return nil, &why
	case answer.Status >= http.StatusInternalServerError:
		return &answer, &failure.Failure{Code: failure.Server, Detail: "The answer is " + answer.Text + "."}
	}
	return &answer, nil
}

// askHTTP sends GET /readyz. It writes to the connection itself, because an http.Client follows redirects, uses proxies and
// opens its own connections.
func askHTTP(ctx context.Context, connection net.Conn, target contract.Target) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+target.Address()+"/readyz", http.NoBody)
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("User-Agent", userAgent)
	request.Close = true
	start := time.Now()
	if err := request.Write(connection); err != nil {
		return Answer{}, err
	}
	reader := bufio.NewReader(io.LimitReader(connection, maxHead))
	if _, err := reader.Peek(1); err != nil {
		return Answer{}, err
	}
	took := milliseconds(start)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return Answer{}, err
	}
	response.Body.Close()
	answer := Answer{Status: response.StatusCode, Milliseconds: took}
	// The status line of the other side may hold anything.
	answer.Text = fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
	if pod := response.Header.Get("Pod"); contract.IsHostName(pod) {
		answer.Pod = pod
	}
	return answer, nil
}

// sslRequest asks a PostgreSQL server for TLS. It is the only message that needs no user, and the server does not log it.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
var sslRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

func askPostgreSQL(connection net.Conn) (Answer, error) {
	start := time.Now()
	if _, err := connection.Write(sslRequest); err != nil {
		return Answer{}, err
	}
	reply := make([]byte, 1)
	if _, err := io.ReadFull(connection, reply); err != nil {
		return Answer{}, err
	}
	answer := Answer{Milliseconds: milliseconds(start)}
	switch reply[0] {
	case 'S':
		answer.Text = "PostgreSQL, with TLS"
	case 'N':
		answer.Text = "PostgreSQL, without TLS"
	default:
		return Answer{}, fmt.Errorf("the answer to PostgreSQL's SSLRequest is %q, want S or N", reply)
	}
	return answer, nil
}
