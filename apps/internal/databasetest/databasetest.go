package databasetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
)

// shared is the server of the package under test.
var shared *Server

// databases counts those that were made on the shared server.
var databases atomic.Int64

// tests are a *testing.M, or what adds something to it.
type tests interface{ Run() (code int) }

// Main runs a package's tests beside one server that they share. A TestMain calls it and nothing else.
func Main(m tests) {
	// The kernel ends the server when the thread that started it ends: it has to be one that lives as long as the test.
	runtime.LockOSThread()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m tests) (code int, err error) {
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
func New(t testing.TB) contract.Database[string] {
	t.Helper()
	return shared.Config(create(t))
}

// NewLoopback is New for a service that is a process of its own.
func NewLoopback(t testing.TB) contract.Database[string] {
	t.Helper()
	return shared.LoopbackConfig(create(t))
}

func create(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := shared.Execute(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	return name
}

// Open returns an open database, for one test alone, with the tables that migrations make.
func Open(t testing.TB, migrations fs.FS) *database.Database {
	t.Helper()
	db := Connect(t, New(t))
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	return db
}

// Connect opens a database until the test ends, as one more replica does. A query in it whose context has no deadline
// fails: it is one that was not given its request's context.
func Connect(t testing.TB, config contract.Database[string]) *database.Database {
	t.Helper()
	db, err := database.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := demandDeadlines(db.DB); err != nil {
		t.Fatal(err)
	}
	return db
}

// Separate returns a running server for one test alone, which may stop it and start it again.
func Separate(t testing.TB) *Server {
	t.Helper()
	server, err := NewServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

// Context is for a test's own queries.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func demandDeadlines(db *gorm.DB) error {
	check := func(query *gorm.DB) {
		if _, limited := query.Statement.Context.Deadline(); !limited {
			_ = query.AddError(errors.New("this query has no deadline: give it the context of its request"))
		}
	}
	const name = "databasetest:deadline"
	callbacks := db.Callback()
	return errors.Join(
		callbacks.Create().Before("*").Register(name, check), callbacks.Query().Before("*").Register(name, check),
		callbacks.Update().Before("*").Register(name, check), callbacks.Delete().Before("*").Register(name, check),
		callbacks.Row().Before("*").Register(name, check), callbacks.Raw().Before("*").Register(name, check),
	)
}
