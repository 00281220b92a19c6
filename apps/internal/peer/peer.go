// Package peer provides the HTTP client with which one service calls another. It retries, limits the time, propagates the
// trace, and maps failures to problems. Start at Client.
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
	// tryTimeout limits one try, from connection to answer. A peer answers in milliseconds; a Pod that takes more than a
	// second hangs, and another try may reach another Pod.
	tryTimeout = time.Second
	// callTimeout limits a call with all its tries. It is well below the deadline of a request, 10 s, to leave time for the
	// answer that the peer is unavailable.
	callTimeout = 3 * time.Second
	// idleConnections limits idle connections. It is the number of concurrent calls in a busy Pod; with a lower limit,
	// connections would be closed after one call each.
	idleConnections = 32
	// idleTimeout is well below the 60 s after which the peer closes an idle connection, so that a call never uses one that
	// is closing. It also gives new Pods their share of the load, because a Service chooses a Pod for each connection, not
	// for each request.
	idleTimeout = 10 * time.Second
)

// Client calls one peer. It has only methods that are safe to repeat (RFC 9110 section 9.2.2), because it retries failed
// calls.
//
// Its errors are *problem.Error with the status for the caller of this service:
//
//   - 404 if the peer returns a 404 problem,
//   - 502 if the peer's answer is invalid: waiting does not help,
//   - 503 if the peer is unavailable, failing or too busy: waiting helps.
//
// If ctx is cancelled, the error is context.Canceled.
type Client struct {
	name, base string
	http       *http.Client
	try, call  time.Duration
}

// New returns a client for the peer at base, http://host[:port].
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
			// Peers never redirect: a redirect comes from something else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		try: tryTimeout, call: callTimeout,
	}
}

// Within returns a copy of the client with other timeouts for one try and for a call with all its tries.
func (c *Client) Within(try, call time.Duration) *Client {
	other := *c
	other.try, other.call = try, call
	return &other
}

// Name returns the peer's name.
func (c *Client) Name() string { return c.name }

// URL returns the peer's base URL.
func (c *Client) URL() string { return c.base }

// Get reads the resource at route and stores its data in into. It replaces each {name} in route by one of values, escaped.
// Values may be personal data: they appear in the request, but not in logs or traces.
func (c *Client) Get(ctx context.Context, route string, into any, values ...string) error {
	return c.do(ctx, call{method: http.MethodGet, route: route, target: fill(route, values), values: values}, into)
}

// Delete deletes the resource at route with query.
func (c *Client) Delete(ctx context.Context, route string, query url.Values) error {
	deletion := call{method: http.MethodDelete, route: route, target: route + "?" + query.Encode()}
	for _, values := range query {
		deletion.values = append(deletion.values, values...)
	}
	return c.do(ctx, deletion, nil)
}

// call is one request. Its values are personal data and must not be logged.
type call struct {
	method, route, target string
	values                []string
}

func (c call) String() string { return c.method + " " + c.route }

// fill replaces each {name} in route. It escapes all but unreserved characters (RFC 3986 section 2.3), which is correct in
// paths and in queries.
func fill(route string, values []string) string {
	var target strings.Builder
	for _, value := range values {
		before, rest, _ := strings.Cut(route, "{")
		_, route, _ = strings.Cut(rest, "}")
		target.WriteString(before + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return target.String() + route
}
