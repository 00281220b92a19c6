// Package peer is how one service calls another.
package peer

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// tryTimeout is for one try, connection and answer. A peer answers in milliseconds; one that has not after a second
	// is a Pod that hangs, and another try may come to another Pod.
	tryTimeout = time.Second
	// callTimeout is for a call with all its tries. It is well below the ten seconds that a request may take here, so
	// that there is time left to answer that the peer is away.
	callTimeout = 3 * time.Second
	// idleConnections is how many connections wait for their next call. It is as many calls as requests that are under
	// way at the same time in a busy Pod; with fewer, connections would be closed after one call each.
	idleConnections = 32
	// idleTimeout is well below the 60 seconds after which the peer closes: a call must not meet a connection that
	// closes. A Service chooses a Pod for each connection, not for each request: a connection that is closed when it
	// is idle gives Pods that are new their share.
	idleTimeout = 10 * time.Second
)

// Client calls one peer. It offers what may be repeated safely and nothing else (RFC 9110 section 9.2.2): a call that
// failed on the way is tried again.
//
// Its errors are *problem.Error with the status that the caller's own caller should see:
//
//   - 404 when the peer says that there is no such thing,
//   - 502 when the peer and this service do not understand each other: waiting does not help,
//   - 503 when the peer is away, failing or too busy: waiting helps.
//
// Only a call whose own caller hung up fails with context.Canceled instead.
type Client struct {
	name, base string
	http       *http.Client
	try, call  time.Duration
}

// New returns a client for the peer that answers at base, http://host[:port].
func New(name, base string) *Client {
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: tryTimeout}).DialContext,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
	return &Client{
		name: name,
		base: strings.TrimSuffix(base, "/"),
		http: &http.Client{
			Transport: transport,
			// No peer sends anybody elsewhere: whatever does is not the peer.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		try: tryTimeout, call: callTimeout,
	}
}

// Within returns the client with other time-outs for one try and for a call with all its tries.
func (c *Client) Within(try, call time.Duration) *Client {
	other := *c
	other.try, other.call = try, call
	return &other
}

// Name is the peer's name.
func (c *Client) Name() string { return c.name }

// URL is where the peer answers.
func (c *Client) URL() string { return c.base }

// Get reads the resource at route, and stores its data in into. Each {name} in route is replaced by one of values,
// escaped: values may be personal, so they are in the request and in no log and no trace.
func (c *Client) Get(ctx context.Context, route string, into any, values ...string) error {
	return c.do(ctx, call{method: http.MethodGet, route: route, target: fill(route, values), values: values}, into)
}

// Delete deletes what route and query name.
func (c *Client) Delete(ctx context.Context, route string, query url.Values) error {
	deletion := call{method: http.MethodDelete, route: route, target: route + "?" + query.Encode()}
	for _, values := range query {
		deletion.values = append(deletion.values, values...)
	}
	return c.do(ctx, deletion, nil)
}

// call is one request and what may be said about it. Values are what must not be.
type call struct {
	method, route, target string
	values                []string
}

func (c call) String() string { return c.method + " " + c.route }

// fill replaces each {name} in route. The escaping leaves unreserved characters alone (RFC 3986 section 2.3), so it is
// right in a path and in a query.
func fill(route string, values []string) string {
	var target strings.Builder
	for _, value := range values {
		before, rest, _ := strings.Cut(route, "{")
		_, route, _ = strings.Cut(rest, "}")
		target.WriteString(before + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return target.String() + route
}
