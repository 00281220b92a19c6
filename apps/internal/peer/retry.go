package peer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// maxTries bounds what one call may add to the load of a peer in trouble.
	maxTries = 3
	// firstPause and the factor of two between pauses are short beside callTimeout, and long beside the moment in which
	// a connection moves from a Pod that stops to another. Each pause is up to a half longer or shorter, so that
	// callers that failed together do not come back together.
	firstPause = 50 * time.Millisecond
)

// do makes a call with as many tries as it needs and may have.
func (c *Client) do(ctx context.Context, call call, into any) error {
	limited, cancel := context.WithTimeout(ctx, c.call)
	defer cancel()
	deadline, _ := limited.Deadline()
	tries, last := 0, error(nil)
	_, err := backoff.Retry(limited, func() (struct{}, error) {
		last = c.attempt(limited, call, into, tries)
		tries++
		return struct{}{}, last
	},
		backoff.WithMaxTries(maxTries),
		backoff.WithBackOff(&backoff.ExponentialBackOff{
			InitialInterval: firstPause, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: c.call,
		}),
		// A pause that would end after the deadline is not begun: the peer's time to come back is longer than ours.
		backoff.WithMaxElapsedTime(time.Until(deadline)),
	)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s of %s: %w", call, c.name, ctx.Err())
	}
	var known *problem.Error
	if errors.As(last, &known) { // what backoff put around it is of no use to the caller
		return known
	}
	return last
}

// mayRetry reports whether an answer with that status may be different the next time (RFC 9110 section 15.6, RFC 6585
// section 4).
func mayRetry(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// retryAfter reads the header Retry-After, seconds or a date (RFC 9110 section 10.2.3).
func retryAfter(header http.Header, now time.Time) (pause time.Duration, found bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// jitter is added to the pause that a peer asks for, because it asks all callers for the same.
func jitter() time.Duration { return rand.N(firstPause) }
