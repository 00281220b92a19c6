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

// How often pages that measure may be asked for, by all visitors together: several at once, then one in this time. A
// matrix has every Pod ask every other, and everybody gets one of their own, one after the other.
const (
	storyEvery, storyBurst       = time.Second / 2, 20
	matrixEvery, matrixBurst     = 3 * time.Second, 5
	purchaseEvery, purchaseBurst = time.Second, 10
)

// patience limits how often something is done.
type patience struct{ limit *rate.Limiter }

func newPatience(every time.Duration, burst int) patience {
	return patience{rate.NewLimiter(rate.Every(every), burst)}
}

// take returns the 429 that says when to come again, if it is not now.
func (p patience) take(w http.ResponseWriter) error {
	place := p.limit.Reserve()
	wait := place.Delay()
	if wait == 0 {
		return nil
	}
	place.Cancel()
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problem.New(http.StatusTooManyRequests, "The explorer does this for too many visitors at the moment. Try again in %d s.", seconds)
}

// begin takes a place for work that lasts until limit at most, and gives its answer the time for it. The context ends
// then, or when the visitor hangs up.
func (p patience) begin(w http.ResponseWriter, r *http.Request, limit time.Duration) (context.Context, context.CancelFunc, error) {
	if err := p.take(w); err != nil {
		return nil, nil, err
	}
	if err := extend(w, limit+slowest); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	return ctx, cancel, nil
}

// extend gives an answer more time than the server gives to others. The deadline for reading is behind the request, and
// would end it by taking the caller for gone.
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
