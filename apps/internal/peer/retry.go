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
	// maxTries limits the load that one call adds to a peer in trouble.
	maxTries = 3
	// firstPause doubles after each try. The pauses are short compared to callTimeout, and long compared to the time in
	// which a Service replaces a stopping Pod. Each pause is randomized by up to a half, so that callers that failed
	// together do not retry together.
	firstPause = 50 * time.Millisecond
)

// do makes a call with up to maxTries tries.
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
		// Give up at once if the next pause would end after the deadline.
		backoff.WithMaxElapsedTime(time.Until(deadline)),
	)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s of %s: %w", call, c.name, ctx.Err())
	}
	var known *problem.Error
	if errors.As(last, &known) { // without backoff's wrapping
		return known
	}
	return last
}

// mayRetry reports whether a status may change on a retry (RFC 9110 section 15.6, RFC 6585 section 4).
func mayRetry(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// retryAfter parses the header Retry-After, which is in seconds or a date (RFC 9110 section 10.2.3).
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

// jitter returns a random addition to the pause of a Retry-After, which is the same for all callers.
func jitter() time.Duration { return rand.N(firstPause) }
