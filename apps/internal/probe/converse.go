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
	// userAgent tells measurements from other requests in the logs of who is asked.
	userAgent = "kubernetes-networking-probe"
	// maxHead is how much of an answer is read: its head, which is some hundred bytes.
	maxHead = 16 << 10
)

// converse says the first thing on a connection, and returns what the other side said to it: nil where the protocol is
// not known.
func converse(ctx context.Context, connection net.Conn, target contract.Target) (*Answer, *failure.Failure) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	// Also when the caller hangs up, reading and writing fail at once.
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
			Code: failure.Timeout, Detail: fmt.Sprintf("The connection came about, and no answer came on it within %s.", stepTimeout),
		}
	case err != nil:
		why := failure.Of(fmt.Errorf("the connection came about, and then: %w", err))
		return nil, &why
	case answer.Status >= http.StatusInternalServerError:
		return &answer, &failure.Failure{Code: failure.Server, Detail: "An answer came, and it is " + answer.Text + "."}
	}
	return &answer, nil
}

// askHTTP asks whether who listens is ready. It is written on the connection by hand: an http.Client has redirects,
// proxies and connections of its own.
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
	// In our own words: the other side's may be anything.
	answer.Text = fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
	if pod := response.Header.Get("Pod"); contract.IsHostName(pod) {
		answer.Pod = pod
	}
	return answer, nil
}

// sslRequest asks a PostgreSQL server whether it speaks TLS. It is the only thing that may be said to one without being
// somebody, and an answer to it makes no line in the server's log.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
var sslRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

func askPostgreSQL(connection net.Conn) (Answer, error) {
	start := time.Now()
	if _, err := connection.Write(sslRequest); err != nil {
		return Answer{}, err
	}
	said := make([]byte, 1)
	if _, err := io.ReadFull(connection, said); err != nil {
		return Answer{}, err
	}
	answer := Answer{Milliseconds: milliseconds(start)}
	switch said[0] {
	case 'S':
		answer.Text = "PostgreSQL, with TLS"
	case 'N':
		answer.Text = "PostgreSQL, without TLS"
	default:
		return Answer{}, fmt.Errorf("the answer to PostgreSQL's SSLRequest is %q, want S or N", said)
	}
	return answer, nil
}
