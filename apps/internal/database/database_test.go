package database_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// slowly is a migration that would fail if two replicas ran it at the same time, and takes long enough for them to try.
func slowly() fs.FS {
	return fstest.MapFS{"00001_notes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id int PRIMARY KEY, at timestamptz NOT NULL);
SELECT pg_sleep(0.3);
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

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	config := databasetest.New(t)
	const replicas = 3
	var together sync.WaitGroup
	failures := make([]error, replicas)
	var last *database.Database
	for i := range replicas {
		db, err := database.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		together.Go(func() { failures[i] = db.Prepare(t.Context(), slowly()) })
		last = db
	}
	together.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatalf("a replica could not migrate: %v", err)
	}
	var notes []note
	if err := last.WithContext(t.Context()).Find(&notes).Error; err != nil {
		t.Fatal(err)
	}
	want := note{1, time.Date(2026, 1, 2, 1, 4, 5, 678901000, time.UTC)}
	if len(notes) != 1 || notes[0] != want {
		t.Errorf("got %v, want one note, in UTC: %v", notes, want)
	}
}

func TestPrepareWaitsForADatabaseThatComesLater(t *testing.T) {
	server := newServer(t)
	db := open(t, server)
	if err := db.Ready(t.Context()); err == nil {
		t.Fatal("a database that does not run is ready")
	}
	prepared := make(chan error, 1)
	go func() { prepared <- db.Prepare(t.Context(), slowly()) }()
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
	go func() { prepared <- db.Prepare(ctx, slowly()) }()
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
	db := databasetest.Open(t, slowly())
	err := db.WithContext(t.Context()).Create(&note{ID: 1, At: time.Now()}).Error
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		t.Errorf("got %v, want %v", err, gorm.ErrDuplicatedKey)
	}
}
