// Package peer is how one service calls another.
package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// timeout is for a whole call. It is well below the deadline of the request that causes the call, so that there is
	// time left to answer that the peer is away.
	timeout = 3 * time.Second
	// dialTimeout is for the connection alone: inside a cluster it takes a millisecond, or it never comes.
	dialTimeout = time.Second
	// maxBody is far above the longest answer that a service gives.
	maxBody = 1 << 20
)

// Client calls one peer. Its errors are *problem.Error with the status that the caller's own caller should see: 404
// when the peer says that there is no such thing, 503 for everything else.
type Client struct {
	name string
	base string
	http *http.Client
}

// New returns a client for the peer that answers at base, http://host[:port].
func New(name, base string) *Client {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		ResponseHeaderTimeout: timeout,
		MaxIdleConnsPerHost:   8,
		// A Service chooses a Pod for each connection, not for each request: a connection that is closed when it is
		// idle gives Pods that are new their share.
		IdleConnTimeout: 10 * time.Second,
	}
	return &Client{
		name: name,
		base: strings.TrimSuffix(base, "/"),
		http: &http.Client{Transport: transport, Timeout: timeout},
	}
}

// Name is the peer's name.
func (c *Client) Name() string { return c.name }

// Get reads the resource at path, whose elements have to be escaped already, and stores its data in into.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	body, err := c.do(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	envelope := struct {
		Data any `json:"data"`
	}{into}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return problem.New(http.StatusServiceUnavailable, "%s gave an answer that is not understood.", c.name).Because(err)
	}
	return nil
}

// Delete deletes what path and query name.
func (c *Client) Delete(ctx context.Context, path string, query url.Values) error {
	_, err := c.do(ctx, http.MethodDelete, path+"?"+query.Encode())
	return err
}

func (c *Client) do(ctx context.Context, method, target string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+target, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("make a request to %s: %w", c.name, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.away(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return nil, c.away(err)
	}
	switch {
	case response.StatusCode < http.StatusMultipleChoices:
		return body, nil
	case response.StatusCode == http.StatusNotFound:
		return nil, problem.New(http.StatusNotFound, "%s has no %s.", c.name, target)
	default:
		return nil, problem.New(http.StatusServiceUnavailable, "%s answered %s. Try again later.", c.name, response.Status).
			Because(fmt.Errorf("%s %s: %s", method, target, body))
	}
}

func (c *Client) away(err error) error {
	why := failure.Of(err)
	return problem.New(http.StatusServiceUnavailable, "%s cannot be reached (%s). %s Try again later.", c.name, why.Code, why.Detail).Because(err)
}
