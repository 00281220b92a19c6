//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

// maxSilence is longer than the 15 seconds between two keep-alive messages of the stream.
const maxSilence = 25 * time.Second

// causes maps each lab to the cause that the arrow from orders to products shows.
var causes = map[contract.Lab]string{
	contract.DenyDNS: "dns-denied", contract.ServiceDeleted: "service-missing", contract.WrongSelector: "nothing-selected",
	contract.NoReadyEndpoints: "pods-not-ready", contract.WrongPort: "wrong-target-port", contract.DenyCall: "policy-denied",
	contract.SlowPeer: "no-answer", contract.DatabaseDown: "database-down",
}

var (
	banners = regexp.MustCompile(`id="lab" class="lab" data-lab="([^"]*)" data-state="([^"]*)"`)
	arrows  = regexp.MustCompile(`id="call-([^"]+)" href="[^"]*" data-state="([^"]*)" data-code="([^"]*)" data-cause="([^"]*)"`)
)

// frames checks every frame that the explorer streams to an open page, until the returned function is called. In each
// frame the banner and the arrows must agree, and the stream must have no gap.
func frames(t *testing.T, explorer string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, explorer+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		watchdog := time.AfterFunc(maxSilence, func() { t.Errorf("the stream sent nothing for %s", maxSilence); cancel() })
		defer watchdog.Stop()
		var frame, name string
		var data []string
		count := 0
		for lines.Scan() {
			watchdog.Reset(maxSilence)
			switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
			case "event":
				name = value
			case "data":
				data = append(data, value)
			case "": // the end of an event
				if frame, err = next(frame, name, strings.Join(data, "\n")); err != nil {
					t.Errorf("the event %s after %d frames: %v", name, count, err)
					return
				}
				if name == "map" || name == "change" {
					count++
					checkFrame(t, frame)
				}
				name, data = "", nil
			}
		}
		if ctx.Err() == nil {
			t.Errorf("the stream ended after %d frames: %v", count, lines.Err())
		}
		t.Logf("%d frames", count)
	})
	return func() {
		cancel()
		reading.Wait()
	}
}

// next returns the frame after an event. A map event carries a whole frame, a change event edits of the previous frame.
func next(frame, event, data string) (string, error) {
	switch event {
	case "map":
		return data, nil
	case "change":
		var edits []struct {
			Keep, Drop int
			Insert     string
		}
		if err := json.Unmarshal([]byte(data), &edits); err != nil {
			return "", err
		}
		var made strings.Builder
		for _, edit := range edits {
			if edit.Keep+edit.Drop > len(frame) {
				return "", fmt.Errorf("an edit goes %d characters past the end of the frame", edit.Keep+edit.Drop-len(frame))
			}
			made.WriteString(frame[:edit.Keep] + edit.Insert)
			frame = frame[edit.Keep+edit.Drop:]
		}
		return made.String() + frame, nil
	}
	return frame, nil
}

// checkFrame fails the test if arrows fail without a banner, or if a banner's lab does not match the failing arrow.
func checkFrame(t *testing.T, frame string) {
	t.Helper()
	failing, cause := []string{}, ""
	for _, arrow := range arrows.FindAllStringSubmatch(frame, -1) {
		if arrow[2] == "failing" {
			failing = append(failing, arrow[1]+" "+arrow[4])
		}
		if arrow[1] == names["orders"]+"-"+names["products"] {
			cause = arrow[4]
		}
	}
	switch banner := banners.FindStringSubmatch(frame); {
	case banner == nil && len(failing) > 0:
		t.Errorf("%s: no banner above %q", time.Now().Format(time.TimeOnly), failing)
	case banner != nil && banner[2] == "active" && cause != causes[contract.Lab(banner[1])]:
		t.Errorf("%s: the lab %s is active above %q", time.Now().Format(time.TimeOnly), banner[1], failing)
	}
}
