package network

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
)

const (
	// pulseEvery is the time between two requests, and pulseTimeout the timeout of one.
	pulseEvery   = 3 * time.Second
	pulseTimeout = 5 * time.Second
)

// pulse polls the API server. Watches alone do not show whether a quiet cluster sends no events or the API server has
// become unreachable.
type pulse struct {
	from      rest.Interface
	namespace string
	state     state
	changed   func()
}

// run polls until ctx ends.
func (p *pulse) run(ctx context.Context) {
	for {
		p.state.started()
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
