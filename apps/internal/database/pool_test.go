package database_test

import (
	"context"
	"net/http"
	"testing"
	"time"

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
