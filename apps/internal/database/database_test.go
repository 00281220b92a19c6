package database_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// notes is a first migration.
func notes() fstest.MapFS {
	return fstest.MapFS{"00001_notes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id int PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO notes VALUES (1, '2026-01-02T03:04:05.678901+02');
`)}}
}

type note struct {
	ID int
	At time.Time
}

func open(t *testing.T, server *databasetest.Server) *database.Database {
	t.Helper()
	db, err := database.Open(server.Config("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func newServer(t *testing.T) *databasetest.Server {
	t.Helper()
	server, err := databasetest.NewServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestTimesAreReadInUTCWithMicroseconds(t *testing.T) {
	var got note
	if err := databasetest.Open(t, notes()).WithContext(databasetest.Context(t)).Take(&got).Error; err != nil {
		t.Fatal(err)
	}
	if want := (note{1, time.Date(2026, 1, 2, 1, 4, 5, 678901000, time.UTC)}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPrepareWaitsForADatabaseThatComesLater(t *testing.T) {
	server := newServer(t)
	db := open(t, server)
	if err := db.Ready(t.Context()); err == nil {
		t.Fatal("a database that does not run is ready")
	}
	prepared := make(chan error, 1)
	go func() { prepared <- db.Prepare(t.Context(), notes()) }()
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-prepared; err != nil {
		t.Fatalf("the database came, and it was not prepared: %v", err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("a prepared database is not ready: %v", err)
	}
}

func TestReadyFollowsTheDatabase(t *testing.T) {
	server := newServer(t)
	db := open(t, server)
	for range 2 {
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("not ready while the database runs: %v", err)
		}
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := db.Ready(t.Context()); err == nil {
			t.Error("ready while the database is stopped")
		}
	}
}

func TestPrepareStopsWaitingWhenTheServiceStops(t *testing.T) {
	db := open(t, newServer(t))
	ctx, cancel := context.WithCancel(t.Context())
	prepared := make(chan error, 1)
	go func() { prepared <- db.Prepare(ctx, notes()) }()
	cancel()
	if err := <-prepared; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

func TestPrepareReportsAMigrationThatFails(t *testing.T) {
	db, err := database.Open(databasetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	broken := fstest.MapFS{"00001_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABEL notes ();\n")}}
	err = db.Prepare(t.Context(), broken)
	if err == nil || !strings.Contains(err.Error(), "00001_broken.sql") || !strings.Contains(err.Error(), "TABEL") {
		t.Errorf("got %v, want the file and what is wrong in it", err)
	}
}

func TestDuplicatesAreTranslated(t *testing.T) {
	db := databasetest.Open(t, notes())
	err := db.WithContext(databasetest.Context(t)).Create(&note{ID: 1, At: time.Now()}).Error
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		t.Errorf("got %v, want %v", err, gorm.ErrDuplicatedKey)
	}
}
