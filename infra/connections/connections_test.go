package connections

import "testing"

// TestConnectionsOfAllReplicasFitTheServer also during a rolling update, when old Pods drain while new ones serve.
func TestConnectionsOfAllReplicasFitTheServer(t *testing.T) {
	for _, c := range []struct{ replicas, databases, want int }{
		{1, 1, 10}, {3, 1, 10}, {4, 1, 10}, {5, 1, 9}, {9, 1, 5}, {3, 2, 7}, {3, 3, 5}, {5, 2, 4},
	} {
		got := PerReplica(c.replicas, c.databases)
		if got != c.want {
			t.Errorf("%d replicas get %d connections each to a server of %d databases, want %d", c.replicas, got, c.databases, c.want)
		}
		if all := 2 * c.replicas * got * c.databases; all > 100-10 {
			t.Errorf("%d replicas of %d services, old and new ones, open up to %d connections of 100", c.replicas, c.databases, all)
		}
	}
}

func TestEveryReplicaHasEnoughConnections(t *testing.T) {
	for databases, want := range map[int]int{1: 9, 2: 5, 3: 3} {
		got := MaxReplicas(databases)
		if got != want {
			t.Errorf("a server of %d databases has connections for %d replicas, want %d", databases, got, want)
		}
		if connections := PerReplica(got, databases); connections < 4 {
			t.Errorf("%d replicas have %d connections each, want 4 or more", got, connections)
		}
	}
}
