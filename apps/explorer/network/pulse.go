package network

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
)

const (
	// pulseEvery is between two requests, and pulseTimeout how long one may take.
	pulseEvery   = 3 * time.Second
	pulseTimeout = 5 * time.Second
)

// pulse asks the API server for a list again and again. Watches of a quiet cluster are silent, and so are those of an API
// server that hangs or cannot be reached any more.
type pulse struct {
	from      rest.Interface
	namespace string
	state     state
	changed   func()
}

// run asks until ctx ends.
func (p *pulse) run(ctx context.Context) {
	for {
		p.state.asks()
		request := p.from.Get().Namespace(p.namespace).Resource("services").Param("limit", "1").Timeout(pulseTimeout)
		if err := request.Do(ctx).Error(); err == nil {
			p.state.opened()
		} else if ctx.Err() == nil {
			p.state.failed("list", err)
		}
		p.changed()
		select {
		case <-ctx.Done():
			return
		case <-time.After(pulseEvery):
		}
	}
}

// trouble returns what is wrong at the moment, if anything is. Arrived is whether the list was read before.
func (p *pulse) trouble(now time.Time, arrived bool) (trouble, bool) {
	p.state.mutex.Lock()
	defer p.state.mutex.Unlock()
	found := trouble{resource: "services", arrived: arrived, since: p.state.since, verb: p.state.verb, err: p.state.err}
	return found, !found.since.IsZero() && (found.err != nil || now.Sub(found.since) > patience)
}
