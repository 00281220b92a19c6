package service_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"
)

func TestAPageHearsOfEveryChange(t *testing.T) {
	seen := demo(3)
	opened := dial(t, serve(t.Context(), t, seen))
	if kind := opened.response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("it is %s", kind)
	}
	if line, err := opened.lines.ReadString('\n'); line != "retry: 2000\n" {
		t.Errorf("it begins with %q, %v", line, err)
	}
	opened.want(t, "map", `<div id="notices">`, `<svg id="map"`, `<div id="details">`, `<div id="tables">`)
	fail(seen, "first")
	opened.want(t, "map", `aria-label="orders calls products: failing, OTHER. first"`)
	fail(seen, "second\r\revent: alive")
	opened.want(t, "map", `failing, OTHER. second  event: alive"`)
	seen.change(func(p *picture) { p.network.Problem = "The Kubernetes API cannot be reached." })
	opened.want(t, "map", `role="alert">The Kubernetes API cannot be reached.`)
}

func TestPagesAreClosedWhenTheExplorerStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := serve(ctx, t, demo(3))
	opened := dial(t, server)
	opened.want(t, "map")
	stop()
	if _, err := opened.next("map"); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ends with %v, want its end", err)
	}
	if late := dial(t, server); late.response.StatusCode != 503 {
		t.Errorf("a page that comes later gets %d", late.response.StatusCode)
	}
}

// The brief is 500 pages with 1,000 Pods in less than 40 MB; what a page costs does not depend on how many Pods there are,
// because all of them are sent the same bytes.
func TestFiveHundredPagesShareTheirBytes(t *testing.T) {
	const pages, mostBytes = 500, 40_000_000
	seen := demo(1000)
	server := serve(t.Context(), t, seen)
	dial(t, server).want(t, "map")
	before := heap()
	var opened []*stream
	for range pages {
		opened = append(opened, dial(t, server))
		opened[len(opened)-1].want(t, "map")
	}
	asked, _ := seen.looks()
	fail(seen, "change")
	for _, page := range opened {
		page.want(t, "map", `aria-label="orders calls products: failing, OTHER. change"`)
	}
	if grown := heap() - before; grown > mostBytes {
		t.Errorf("%d pages take %d bytes, want at most %d", pages, grown, mostBytes)
	}
	if again, looked := seen.looks(); again-asked != 1 || looked < pages {
		t.Errorf("the change was drawn %d times, want once for all pages, of which %d have looked", again-asked, looked)
	}
	for len(opened) < 999 { // and the one that came first
		opened = append(opened, dial(t, server))
	}
	if late := dial(t, server); late.response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the page after the thousandth gets %d, want 503", late.response.StatusCode)
	}
	_ = opened[0].connection.Close()
	await(t, func() bool { return dial(t, server).response.StatusCode == http.StatusOK })
}

// heap is what is in use, stacks included.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

// await asks again until the answer is yes. The test's own deadline ends it.
func await(t *testing.T, yes func() bool) {
	t.Helper()
	for !yes() {
		if t.Context().Err() != nil {
			t.Fatal("the test has ended")
		}
		runtime.Gosched()
	}
}
