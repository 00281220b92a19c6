package database

import "testing"

// TestConnectionsOfAllReplicasFitTheServer also during a rolling update, when old Pods drain while new ones serve.
func TestConnectionsOfAllReplicasFitTheServer(t *testing.T) {
	for replicas, want := range map[int]int{1: 10, 3: 10, 4: 10, 5: 9, 9: 5} {
		got := connectionsPerReplica(replicas)
		if got != want {
			t.Errorf("%d replicas get %d connections each, want %d", replicas, got, want)
		}
		if all := 2 * replicas * got; all > 100-10 {
			t.Errorf("%d replicas, old and new ones, open up to %d connections of 100", replicas, all)
		}
	}
}
