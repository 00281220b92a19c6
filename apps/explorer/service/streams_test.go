package service_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/network"
)

func TestAPageReceivesEveryChange(t *testing.T) {
	seen := demo(3)
	opened := dial(t, serve(t.Context(), t, seen))
	if kind := opened.response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("it is %s", kind)
	}
	if line, err := opened.lines.ReadString('\n'); line != "retry: 2000\n" {
		t.Errorf("it begins with %q, %v", line, err)
	}
	shown := opened.wantFrame(t, "", `<div id="notices">`, `<svg id="map"`, `<div id="details">`, `<div id="tables">`)
	fail(seen, "first")
	shown = opened.wantFrame(t, shown, `aria-label="orders calls products: failing, OTHER. first"`)
	fail(seen, "second\r\revent: alive")
	shown = opened.wantFrame(t, shown, `failing, OTHER. second  event: alive"`)
	seen.change(func(p *picture) { p.network.Problem = "The Kubernetes API cannot be reached." })
	opened.wantFrame(t, shown, `role="alert">The Kubernetes API cannot be reached.`)
}

// After any change, an open page shows the same map as a new page.
func TestAnOpenPageShowsTheSameMapAsANewPage(t *testing.T) {
	seen := demo(3)
	server := serve(t.Context(), t, seen)
	opened := dial(t, server)
	shown := opened.wantFrame(t, "")
	for name, how := range map[string]func(*picture){
		"times":           func(p *picture) { p.call("orders", "products").Milliseconds = 99.96 },
		"a failure":       func(p *picture) { p.call("orders", "clients").State = calls.Failing },
		"a Pod less":      func(p *picture) { p.network.Workloads[0].Pods = p.network.Workloads[0].Pods[1:] },
		"a lab":           func(p *picture) { p.network.Lab = "wrong-port" },
		"other alphabets": func(p *picture) { p.network.Problem = "日本 → 🙂 \xff <&\" \\ \u2028" },
	} {
		seen.change(func(p *picture) {
			p.calls = append([]calls.Call(nil), p.calls...)
			p.network.Workloads = append([]network.Workload(nil), p.network.Workloads...)
			how(p)
		})
		shown = opened.wantFrame(t, shown)
		if whole := dial(t, server).wantFrame(t, ""); shown != whole {
			t.Errorf("%s: the open page shows\n%s\nand a new page\n%s", name, shown, whole)
		}
	}
}

func TestAChangeContainsOnlyTheDifference(t *testing.T) {
	seen := demo(3)
	opened := dial(t, serve(t.Context(), t, seen))
	opened.want(t, "map")
	seen.change(func(p *picture) {
		p.calls = append([]calls.Call(nil), p.calls...)
		p.call("orders", "products").Milliseconds = 7.89
	})
	name, data, err := opened.event()
	if err != nil || name != "change" || !strings.Contains(data, `"insert":"7.89"`) || len(data) > 200 {
		t.Errorf("the event of a changed time is %s: %s, %v; want the time", name, data, err)
	}
}

func TestAChangeWithoutAVisibleDifferenceIsNotSent(t *testing.T) {
	inBubble(t, func(t *testing.T, seen *picture, opened *stream) {
		opened.want(t, "map")
		go func() {
			for range 10 {
				<-time.After(3 * time.Second)
				seen.change(func(*picture) {})
			}
		}()
		began := time.Now()
		for range 2 {
			if name, _, err := opened.event(); name != "alive" || err != nil {
				t.Fatalf("the next event is %s, %v; want alive", name, err)
			}
		}
		if silent := time.Since(began); silent < 29*time.Second || silent > 31*time.Second {
			t.Errorf("two heartbeats came within %s, want one in 15 s", silent)
		}
	})
}

func TestEventsArriveCompressedWhileTheStreamIsOpen(t *testing.T) {
	seen := demo(3)
	opened := dial(t, serve(t.Context(), t, seen), "Accept-Encoding: gzip")
	if coding := opened.response.Header.Get("Content-Encoding"); coding != "gzip" {
		t.Fatalf("the stream is coded as %q, want gzip", coding)
	}
	opened.wantFlushed(t, "event: map\n")
	fail(seen, "first")
	opened.wantFlushed(t, "failing, OTHER. first")
}

func TestPagesAreClosedWhenTheExplorerStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := serve(ctx, t, demo(3))
	opened := dial(t, server)
	opened.want(t, "map")
	stop()
	if _, _, err := opened.event(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ends with %v, want its end", err)
	}
	if late := dial(t, server); late.response.StatusCode != 503 {
		t.Errorf("a later page gets %d", late.response.StatusCode)
	}
}

// The limit is 40 MB for 500 pages of a demo with 1,000 Pods. The memory of a page does not depend on the number of
// Pods, because all pages share the same bytes.
func TestFiveHundredPagesShareTheirBytes(t *testing.T) {
	const pages, mostBytes = 500, 40_000_000
	seen := demo(1000)
	server := serve(t.Context(), t, seen)
	dial(t, server).want(t, "map")
	before := heap()
	var opened []*stream
	for range pages {
		opened = append(opened, dial(t, server, "Accept-Encoding: gzip"))
		opened[len(opened)-1].wantFlushed(t, "event: map\n")
	}
	reads, _ := seen.counts()
	fail(seen, "change")
	for _, page := range opened {
		page.wantFlushed(t, "event: change\n")
	}
	grown := heap() - before
	t.Logf("each page takes %d bytes", grown/pages)
	if grown > mostBytes {
		t.Errorf("%d pages take %d bytes, want at most %d", pages, grown, mostBytes)
	}
	if after, views := seen.counts(); after-reads != 1 || views < pages {
		t.Errorf("the change was rendered %d times, want once for all pages; %d views were recorded", after-reads, views)
	}
	for len(opened) < 999 { // besides the first page
		opened = append(opened, dial(t, server))
	}
	if late := dial(t, server); late.response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the page after the thousandth gets %d, want 503", late.response.StatusCode)
	}
	_ = opened[0].connection.Close()
	await(t, func() bool { return dial(t, server).response.StatusCode == http.StatusOK })
}

// heap returns the memory in use, stacks included.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

// await blocks until a condition holds, or the test ends.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for !holds() {
		if t.Context().Err() != nil {
			t.Fatal("the test has ended")
		}
		runtime.Gosched()
	}
}
