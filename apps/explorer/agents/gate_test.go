package agents

import (
	"sync"
	"testing"
	"time"
)

func TestAMeasurementWhoseTimeIsShownRunsAlone(t *testing.T) {
	gate := newGate(time.Hour)
	var mutex sync.Mutex
	var all sync.WaitGroup
	working, alone := 0, 0
	note := func(shown bool, change int) {
		mutex.Lock()
		defer mutex.Unlock()
		working += change
		if shown {
			alone += change
		}
		if working > maxShared || alone > 0 && working > 1 {
			t.Errorf("%d measurements run at the same time, %d of them exclusively", working, alone)
		}
	}
	for i := range 200 {
		all.Go(func() {
			shown := i%4 == 0
			var release func()
			if shown {
				release = gate.exclusive()
			} else {
				var err error
				if release, err = gate.shared(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
			note(shown, 1)
			time.Sleep(100 * time.Microsecond)
			note(shown, -1)
			release()
		})
	}
	all.Wait()
}

func TestATimeoutDoesNotDelayOtherMeasurements(t *testing.T) {
	gate := newGate(time.Millisecond)
	var begun, all sync.WaitGroup
	const measurements = 14
	begun.Add(2 * measurements)
	wait := func(release func()) {
		begun.Done()
		begun.Wait() // for all others, which start before this one ends
		release()
	}
	for range measurements {
		all.Go(func() { wait(gate.exclusive()) })
		all.Go(func() {
			release, err := gate.shared(t.Context())
			if err != nil {
				t.Error(err)
				release = func() {}
			}
			wait(release)
		})
	}
	all.Wait()
}
