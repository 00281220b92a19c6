package database_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// The replicas of a service share the server's max_connections, so each must keep its limit.
func TestAReplicaOpensAsManyConnectionsAsItMay(t *testing.T) {
	config := databasetest.New(t)
	config.MaxConnections = "2"
	db := databasetest.Connect(t, config)
	busy := db.WithContext(databasetest.Context(t)).Begin()
	defer busy.Rollback()
	query := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		return db.WithContext(ctx).Exec("SELECT 1").Error
	}
	if err := query(); err != nil {
		t.Errorf("the second connection: %v", err)
	}
	full := db.WithContext(databasetest.Context(t)).Begin()
	if got := problem.From(query()); got.Status != http.StatusServiceUnavailable {
		t.Errorf("a query while both connections are busy: got %v, want a 503", got)
	}
	full.Rollback()
	if err := query(); err != nil {
		t.Errorf("once a connection is free again: %v", err)
	}
}

func TestTheConnectionsOfTheFirstRequestsAreOpenOnceTheDatabaseIsPrepared(t *testing.T) {
	for most, want := range map[string]int{"10": 4, "2": 2} {
		config := databasetest.New(t)
		config.MaxConnections = most
		db := databasetest.Connect(t, config)
		if err := db.Prepare(t.Context(), notes()); err != nil {
			t.Fatal(err)
		}
		if got := idle(t, db); got != want {
			t.Errorf("of at most %s connections, %d are open, want %d", most, got, want)
		}
	}
}

func TestAServerThatRefusesSomeOfTheFirstConnectionsIsUsed(t *testing.T) {
	server := databasetest.Separate(t, "max_connections=3", "superuser_reserved_connections=0", "max_wal_senders=0")
	db := open(t, server)
	if err := db.Prepare(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	if got := idle(t, db); got != 3 {
		t.Errorf("%d connections are open to a server that accepts 3", got)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("the database is not ready: %v", err)
	}
}

// idle returns the number of open connections that no query uses.
func idle(t *testing.T, db *database.Database) int {
	t.Helper()
	pool, err := db.DB.DB()
	if err != nil {
		t.Fatal(err)
	}
	return pool.Stats().Idle
}
