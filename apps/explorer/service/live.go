package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"example.com/kubernetes-networking/apps/explorer/calls"
)

// live renders the part of the map's page that changes. It renders once per change, at the first request, and all open
// pages share the result.
type live struct {
	deps  Dependencies
	pages *pages

	mutex sync.Mutex
	last  *frame
}

// frame is the map at one moment.
type frame struct {
	view mapView
	// html is the part of the page that changes.
	html string
	// whole is the event with all of html. change is the event that turns frame number-1 into this frame; empty if both
	// are equal.
	number        int
	whole, change []byte
	// One of these channels is closed when there is a newer frame.
	cluster, calls <-chan struct{}
}

func newLive(deps Dependencies, pages *pages) *live { return &live{deps: deps, pages: pages} }

// frame returns the newest frame. It blocks only while a frame is rendered.
func (l *live) frame() (*frame, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.last != nil && !l.last.old() {
		return l.last, nil
	}
	// Get the channels first, so that a change during rendering is not missed.
	next := &frame{cluster: l.deps.Cluster.Changed(), calls: l.deps.Observer.Changed()}
	next.view = newMapView(l.deps.Topology, l.picture())
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
		Network: l.deps.Cluster.Network(), Calls: l.deps.Observer.Calls(), Unenforced: l.deps.Observer.Unenforced(),
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

// after returns the event for a page that shows another frame; nil for a page that shows none. The event is empty if
// nothing differs. A page that has missed a frame gets the whole map.
func (f *frame) after(shown *frame) []byte {
	if shown != nil && shown.number == f.number-1 {
		return f.change
	}
	return f.whole
}

// normal returns html exactly as the script receives it from events. It replaces carriage returns, which may come from
// a Pod's response, by spaces, because they would end a line of an event.
func normal(html []byte) string {
	return strings.ReplaceAll(strings.TrimSpace(ascii(html)), "\r", " ")
}

// change returns the event that turns one page into the next; nil if both are equal.
func change(before, after string) ([]byte, error) {
	made := edits(before, after)
	if len(made) == 0 {
		return nil, nil
	}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false) // the script parses it as JSON
	if err := encoder.Encode(made); err != nil {
		return nil, fmt.Errorf("encode a change of the map: %w", err)
	}
	return event("change", strings.TrimSpace(data.String())), nil
}

// event returns a server-sent event. Each line of the data begins with the name of the field.
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
