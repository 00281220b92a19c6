package agents

import (
	"context"
	"sync"
	"time"
)

const (
	// maxHold is how long a measurement may delay the next one. A successful measurement takes 2 to 5 ms on a quiet
	// machine. A longer one waits for a timeout and uses no processor.
	maxHold = 10 * time.Millisecond
	// maxShared is how many measurements of a matrix run at the same time.
	maxShared = 2
)

// gate keeps measurements from slowing each other down. Otherwise the measured times would include the wait for the
// processor, not only the network.
type gate struct {
	// turn is locked by a measurement whose time is shown, and read-locked by the measurements of a matrix.
	turn    sync.RWMutex
	slots   chan struct{}
	maxHold time.Duration
}

func newGate(maxHold time.Duration) *gate {
	return &gate{slots: make(chan struct{}, maxShared), maxHold: maxHold}
}

// exclusive blocks until no other measurement holds the gate. The gate opens for the next measurement when the caller
// calls release, and after maxHold at the latest.
func (g *gate) exclusive() (release func()) {
	g.turn.Lock()
	return g.after(g.turn.Unlock)
}

// shared is like exclusive, except that up to maxShared measurements hold the gate together.
func (g *gate) shared(ctx context.Context) (release func(), err error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	g.turn.RLock()
	return g.after(func() {
		g.turn.RUnlock()
		<-g.slots
	}), nil
}

// after calls unlock once: when the caller calls release, and after maxHold at the latest.
func (g *gate) after(unlock func()) (release func()) {
	once := sync.OnceFunc(unlock)
	timer := time.AfterFunc(g.maxHold, once)
	return func() {
		timer.Stop()
		once()
	}
}
