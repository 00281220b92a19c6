package agents

import (
	"context"
	"sync"
	"time"
)

const (
	// work is how long a measurement may keep the next one waiting. One that works takes 2 to 5 ms on a quiet machine; one
	// that takes longer waits for a timeout, and uses no processor meanwhile.
	work = 10 * time.Millisecond
	// together is how many measurements of a matrix work at the same time.
	together = 2
)

// gate keeps measurements from slowing each other down: a time that was measured while others ran is that of the queue for
// the processor, not of the network.
type gate struct {
	// turn is locked by a measurement whose time is shown, and read-locked by those of a matrix.
	turn   sync.RWMutex
	places chan struct{}
	work   time.Duration
}

func newGate(work time.Duration) *gate {
	return &gate{places: make(chan struct{}, together), work: work}
}

// alone waits until no other measurement works. The caller calls leave when its own is over; the next one begins then, or
// after work, whatever comes first.
func (g *gate) alone() (leave func()) {
	g.turn.Lock()
	return g.after(g.turn.Unlock)
}

// beside waits until no measurement works alone, and few work beside this one. It is otherwise like alone.
func (g *gate) beside(ctx context.Context) (leave func(), err error) {
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	g.turn.RLock()
	return g.after(func() {
		g.turn.RUnlock()
		<-g.places
	}), nil
}

// after calls release once: when the function that it returns is called, and after work at the latest.
func (g *gate) after(release func()) (leave func()) {
	once := sync.OnceFunc(release)
	timer := time.AfterFunc(g.work, once)
	return func() {
		timer.Stop()
		once()
	}
}
