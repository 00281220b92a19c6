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

// shared is the server that the tests of a package share.
var shared *Server

// databases counts the databases of the shared server.
var databases atomic.Int64

// tests is implemented by *testing.M and its wrappers.
type tests interface{ Run() (code int) }

// Main starts the shared server, runs the tests of a package, and exits. TestMain calls it and nothing else.
func Main(m tests) {
	// The kernel stops the server when the thread that started it ends, so the thread must live as long as the tests.
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

// New returns a new empty database of the shared server.
func New(t testing.TB) contract.Database[string] {
	t.Helper()
	return shared.Config(create(t))
}

// NewLoopback is New for a service in another process.
func NewLoopback(t testing.TB) contract.Database[string] {
	t.Helper()
	return shared.LoopbackConfig(create(t))
}

func create(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := shared.Execute(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	return name
}

// Open returns a new database, opened, with the tables of migrations.
func Open(t testing.TB, migrations fs.FS) *database.Database {
	t.Helper()
	db := Connect(t, New(t))
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	return db
}

// Connect opens a database until the test ends, like an additional replica. Queries whose context has no deadline fail,
// because they do not use their request's context.
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

// Separate returns a running server for one test, which may stop and restart it. For the settings, see NewServer.
func Separate(t testing.TB, settings ...string) *Server {
	t.Helper()
	server, err := NewServer(t.Context(), settings...)
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

// Context returns a context with a deadline for queries of the test itself.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func demandDeadlines(db *gorm.DB) error {
	check := func(query *gorm.DB) {
		if _, limited := query.Statement.Context.Deadline(); !limited {
			_ = query.AddError(errors.New("query without a deadline: pass the context of its request"))
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
