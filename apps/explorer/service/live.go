package service

import (
	"bytes"
	"sync"

	"example.com/kubernetes-networking/apps/explorer/calls"
)

// live is the part of the map's page that changes. It is rendered once for each change and shared by all pages that are
// open, whenever the first of them asks for it.
type live struct {
	sources Sources
	pages   *pages

	mutex sync.Mutex
	last  *frame
}

// frame is the map as it was at one moment.
type frame struct {
	view mapView
	// event is the server-sent event that carries it.
	event []byte
	// Either of these is closed when there is a newer one.
	cluster, calls <-chan struct{}
}

func newLive(sources Sources, pages *pages) *live { return &live{sources: sources, pages: pages} }

// frame returns the newest one. It never waits for more than the rendering.
func (l *live) frame() (*frame, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.last != nil && !l.last.old() {
		return l.last, nil
	}
	// The channels come first: what changes while it is being read counts as a change.
	next := &frame{cluster: l.sources.Cluster.Changed(), calls: l.sources.Observer.Changed()}
	next.view = newMapView(l.sources.Topology, l.picture())
	html, err := l.pages.render("live", next.view)
	if err != nil {
		return nil, err
	}
	next.event = event("map", html)
	l.last = next
	return next, nil
}

func (l *live) picture() calls.Picture {
	return calls.Picture{
		Network: l.sources.Cluster.Network(), Calls: l.sources.Observer.Calls(), Unenforced: l.sources.Observer.Unenforced(),
	}
}

func (f *frame) old() bool {
	select {
	case <-f.cluster:
	case <-f.calls:
	default:
		return false
	}
	return true
}

// event is a server-sent event: each line of its data begins with the field's name. A carriage return ends a line as well,
// and comes with what others say, such as a Pod that measures: in a page it is a space.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func event(name string, data []byte) []byte {
	var text bytes.Buffer
	text.WriteString("event: " + name + "\n")
	data = bytes.ReplaceAll(bytes.TrimSpace(data), []byte("\r"), []byte(" "))
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		text.WriteString("data: ")
		text.Write(line)
		text.WriteByte('\n')
	}
	text.WriteByte('\n')
	return text.Bytes()
}
