package outbox

import (
	"testing"
	"time"
)

func TestPausesDoubleUpToALimit(t *testing.T) {
	for failures, longest := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 6: 6400 * time.Millisecond,
		7: 10 * time.Second, 1_000_000: 10 * time.Second,
	} {
		for range 100 {
			if got := pauseAfter(failures); got < longest/2 || got >= longest {
				t.Errorf("got a pause of %s after %d failures, want %s to %s", got, failures, longest/2, longest)
			}
		}
	}
}
