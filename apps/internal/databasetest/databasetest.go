package databasetest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
)

// shared is the server of the package under test.
var shared *Server

// databases counts those that were made on the shared server.
var databases atomic.Int64

// Main runs a package's tests beside one server that they share. A TestMain calls it and nothing else.
func Main(m *testing.M) {
	// The kernel ends the server when the thread that started it ends: it has to be one that lives as long as the test.
	runtime.LockOSThread()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if shared, err = NewServer(ctx); err != nil {
		return 1, err
	}
	defer func() {
		if removed := shared.Remove(); err == nil {
			err = removed
		}
	}()
	if err := shared.Start(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// New returns an empty database of the shared server, for one test alone.
func New(t *testing.T) contract.Database[string] {
	t.Helper()
	return shared.Config(create(t))
}

// NewLoopback is New for a service that is a process of its own.
func NewLoopback(t *testing.T) contract.Database[string] {
	t.Helper()
	return shared.LoopbackConfig(create(t))
}

func create(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := shared.Execute(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	return name
}

// Open returns an open database, for one test alone, with the tables that migrations make.
func Open(t *testing.T, migrations fs.FS) *database.Database {
	t.Helper()
	db, err := database.Open(New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	return db
}
