package probe

import (
	"context"
	"net/http"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"example.com/kubernetes-networking/apps/internal/apitest"
)

func TestProbesAreRateLimited(t *testing.T) {
	pod := newPod(t, nil)
	if limit := pod.prober.limiter; limit.Limit() != 100 || limit.Burst() != 200 {
		t.Errorf("got the limit %f with bursts of %d, want 100 and 200", limit.Limit(), limit.Burst())
	}
	pod.prober.limiter = rate.NewLimiter(rate.Every(time.Hour), 1)
	if answer := pod.Do(t, "GET", "/measurement?url=http://evil.example", ""); answer.Status != http.StatusForbidden {
		t.Errorf("got %d, want 403: a refusal counts too", answer.Status)
	}
	answer := pod.Do(t, "GET", "/measurement?url=http://orders.shop.svc:80", "")
	answer.WantProblem(t, 429, "/measurement", "This Pod measures at most 100 times per second. Try again later.")
	if got := answer.Header.Get("Retry-After"); got != "1" {
		t.Errorf("got Retry-After: %s, want 1", got)
	}
}

func TestConcurrentProbesAreLimited(t *testing.T) {
	clusterDNS(t, podIP)
	pod := newPod(t, map[string]string{"10.96.0.7:80": dropped})
	ctx, hangUp := context.WithCancel(t.Context())
	done := make(chan error, atOnce)
	for range atOnce {
		go func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, pod.URL+"/measurement?url=http://orders.shop.svc:80", http.NoBody)
			if err == nil {
				_, err = apitest.TrySend(t, request)
			}
			done <- err
		}()
	}
	for range atOnce {
		<-pod.lost
	}
	pod.Do(t, "GET", "/measurement?url=http://orders.shop.svc:80", "").
		WantProblem(t, 429, "/measurement", "This Pod measures at most 64 connections at once. Try again later.")

	begin := time.Now()
	hangUp()
	for range atOnce {
		if err := <-done; err == nil {
			t.Error("there was an answer to who had hung up")
		}
	}
	for range atOnce { // each place is free again
		pod.prober.underWay <- struct{}{}
	}
	if took := time.Since(begin); took > stepTimeout/2 {
		t.Errorf("it took %s to notice that the callers had hung up", took)
	}
}
