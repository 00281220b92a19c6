package calls_test

import (
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/demotest"
)

func TestThePartsOfATimeAddUp(t *testing.T) {
	for want, times := range map[string]calls.Times{
		"DNS 1.60 + TCP 0.30 + answer 0.40 = 2.30 ms": {DNS: 1.6, TCP: 0.3, Answer: 0.4},
		"DNS 1.66 + TCP 0.34 + answer 0.34 = 2.34 ms": {DNS: 1.664, TCP: 0.344, Answer: 0.3351},
		"DNS 8.3 + TCP 0.9 + answer 1.0 = 10.2 ms":    {DNS: 8.26, TCP: 0.94, Answer: 1.04},
		"TCP 1 + answer 311 = 312 ms":                 {TCP: 0.6, Answer: 311.2},
		"DNS 0.50 + TCP 0.25 = 0.75 ms":               {DNS: 0.5, TCP: 0.25},
	} {
		if got := times.String(); got != want {
			t.Errorf("%+v is %q, want %q", times, got, want)
		}
	}
}

func TestATotalIsInWholeMicroseconds(t *testing.T) {
	if got := (calls.Times{DNS: 15.304, TCP: 0.991, Answer: 0.899}).Total(); got != 17.194 {
		t.Errorf("got %v, want 17.194, where the plain sum is 17.194000000000003", got)
	}
}

// steady makes every measurement take the same time.
func steady(pods *pods, milliseconds float64) {
	pods.set(func() { pods.takes, pods.slow = milliseconds, map[string]float64{} })
}

func TestATimeIsTheMedianOfTheLastFiveMeasurements(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		nextRound(observer)
		const url = "http://products.demo.svc:80"
		for _, milliseconds := range []float64{9, 8, 1, 2, 7} {
			pods.set(func() { pods.slow = map[string]float64{url: milliseconds} })
			nextRound(observer)
		}
		got := find(t, observer, "orders", "products")
		if got.Milliseconds != 7 || got.Times != (calls.Times{TCP: 7, Measurements: 5}) {
			t.Errorf("got %v ms, %+v; want 7, the median of 9, 8, 1, 2 and 7", got.Milliseconds, got.Times)
		}
	})
}

func TestABusyMachineChangesNoTime(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		for range 3 {
			nextRound(observer)
		}
		steady(pods, 374)
		for range 5 {
			nextRound(observer)
			if got := find(t, observer, "orders", "products"); got.Milliseconds != 1 || got.State != calls.Working {
				t.Fatalf("got %s in %v ms, want working in 1 ms", got.State, got.Milliseconds)
			}
		}
		for range 4 { // the machine stays slow
			nextRound(observer)
		}
		if got := find(t, observer, "orders", "products"); got.Milliseconds != 374 {
			t.Errorf("got %v ms after nine slow rounds, want 374", got.Milliseconds)
		}
	})
}

func TestASingleSlowCallIsShown(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		for range 5 {
			nextRound(observer)
		}
		pods.set(func() { pods.slow = map[string]float64{"http://products.demo.svc:80": 300} })
		for range 3 {
			nextRound(observer)
		}
		if got := find(t, observer, "orders", "products"); got.Milliseconds != 300 {
			t.Errorf("got %v ms, want 300", got.Milliseconds)
		}
		if got := find(t, observer, "orders", "clients"); got.Milliseconds != 1 {
			t.Errorf("got %v ms of another call, want 1", got.Milliseconds)
		}
	})
}

func TestACallIsShownAsSoonAsItIsMeasured(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		nextRound(observer)
		pods.set(func() {
			pods.failing("http://products.demo.svc:80")
			pods.waits = map[string]time.Duration{"http://clients.demo.svc:80": 4 * time.Second}
		})
		observer.RecordView()
		began := time.Now()
		for find(t, observer, "orders", "products").State != calls.Failing {
			<-observer.Changed()
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("it took %s, want it shown during the round", took)
		}
	})
}
