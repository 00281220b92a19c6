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
		if working > together || alone > 0 && working > 1 {
			t.Errorf("%d measurements work at the same time, %d of them to be alone", working, alone)
		}
	}
	for i := range 200 {
		all.Go(func() {
			shown := i%4 == 0
			var leave func()
			if shown {
				leave = gate.alone()
			} else {
				var err error
				if leave, err = gate.beside(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
			note(shown, 1)
			time.Sleep(100 * time.Microsecond)
			note(shown, -1)
			leave()
		})
	}
	all.Wait()
}

func TestAMeasurementThatWaitsForATimeoutKeepsNobodyWaiting(t *testing.T) {
	gate := newGate(time.Millisecond)
	var begun, all sync.WaitGroup
	const measurements = 14
	begun.Add(2 * measurements)
	wait := func(leave func()) {
		begun.Done()
		begun.Wait() // for all others, which begin although this one is not over
		leave()
	}
	for range measurements {
		all.Go(func() { wait(gate.alone()) })
		all.Go(func() {
			leave, err := gate.beside(t.Context())
			if err != nil {
				t.Error(err)
				leave = func() {}
			}
			wait(leave)
		})
	}
	all.Wait()
}
