package service

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// The rate limits of pages that measure, for all visitors together: a burst, then one page per interval. Each visit to
// the matrix runs its own round, in which every Pod connects to every other.
const (
	storyEvery, storyBurst       = time.Second / 2, 20
	matrixEvery, matrixBurst     = 3 * time.Second, 5
	purchaseEvery, purchaseBurst = time.Second, 10
)

// limiter limits the rate of requests.
type limiter struct{ limit *rate.Limiter }

func newLimiter(every time.Duration, burst int) limiter {
	return limiter{rate.NewLimiter(rate.Every(every), burst)}
}

// take returns an error with status 429 if the limit is reached, and sets Retry-After.
func (p limiter) take(w http.ResponseWriter) error {
	place := p.limit.Reserve()
	wait := place.Delay()
	if wait == 0 {
		return nil
	}
	place.Cancel()
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problem.New(http.StatusTooManyRequests, "The explorer is rate-limited. Try again in %d s.", seconds)
}

// begin takes a token for work that lasts at most limit, and extends the deadlines of the answer. The context ends
// after limit, or when the visitor disconnects.
func (p limiter) begin(w http.ResponseWriter, r *http.Request, limit time.Duration) (context.Context, context.CancelFunc, error) {
	if err := p.take(w); err != nil {
		return nil, nil, err
	}
	if err := extend(w, limit+slowest); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	return ctx, cancel, nil
}

// extend extends the server's deadlines for one answer. The deadline for reading is extended, too: when it passes, the
// server cancels the request.
func extend(w http.ResponseWriter, wait time.Duration) error {
	control, end := http.NewResponseController(w), time.Now().Add(wait)
	if err := control.SetReadDeadline(end); err != nil {
		return fmt.Errorf("extend the deadline for reading: %w", err)
	}
	if err := control.SetWriteDeadline(end); err != nil {
		return fmt.Errorf("extend the deadline for writing: %w", err)
	}
	return nil
}
