package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
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
	// html is the part of the page that changes.
	html string
	// whole is the event that carries all of html, and change the one that turns the frame before, which is number-1, into
	// this one. It is empty if both are the same.
	number        int
	whole, change []byte
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
	next.html = normal(html)
	next.whole = event("map", next.html)
	if l.last != nil {
		next.number = l.last.number + 1
		if next.change, err = change(l.last.html, next.html); err != nil {
			return nil, err
		}
	}
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

// after is the event for a page that shows another frame, nil if it shows none; it is empty if nothing differs. A page that
// has missed a frame gets everything.
func (f *frame) after(shown *frame) []byte {
	if shown != nil && shown.number == f.number-1 {
		return f.change
	}
	return f.whole
}

// normal is a page as its script gets it from events, character by character. A carriage return ends a line of an event,
// and comes with what others say, such as a Pod that measures: in a page it is a space.
func normal(html []byte) string {
	return strings.ReplaceAll(strings.TrimSpace(ascii(html)), "\r", " ")
}

// change is the event that turns one page into the next; it is empty if both are the same.
func change(before, after string) ([]byte, error) {
	made := edits(before, after)
	if len(made) == 0 {
		return nil, nil
	}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false) // it is read as JSON, and not as a part of a page
	if err := encoder.Encode(made); err != nil {
		return nil, fmt.Errorf("write a change of the map: %w", err)
	}
	return event("change", strings.TrimSpace(data.String())), nil
}

// event is a server-sent event: each line of its data begins with the field's name.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func event(name, data string) []byte {
	var text strings.Builder
	text.WriteString("event: " + name + "\n")
	for line := range strings.SplitSeq(data, "\n") {
		text.WriteString("data: " + line + "\n")
	}
	text.WriteByte('\n')
	return []byte(text.String())
}
