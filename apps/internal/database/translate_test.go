package database_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Each statement runs in a transaction while another one holds the lock on the table notes.
func TestContentionIsA503WithoutSQL(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		status     int
	}{
		"a lock that does not come":      {[]string{"SET LOCAL lock_timeout = '10ms'", "LOCK TABLE notes"}, 503},
		"a statement that takes long":    {[]string{"SET LOCAL statement_timeout = '10ms'", "SELECT pg_sleep(10)"}, 503},
		"a connection that is cut":       {[]string{"SELECT pg_terminate_backend(pg_backend_pid())"}, 503},
		"a transaction that idled":       {[]string{"SET LOCAL idle_in_transaction_session_timeout = '10ms'", "", "SELECT 1"}, 503},
		"a mistake in the SQL":           {[]string{"SELEKT 1"}, 500},
		"a value that breaks a rule":     {[]string{"CREATE TEMP TABLE rules (n int CHECK (n > 0))", "INSERT INTO rules VALUES (0)"}, 500},
		"a reference to what is missing": {[]string{"CREATE TEMP TABLE lines (id int REFERENCES pg_class)"}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, notes())
			defer hold(t, db)()
			err := run(t, db, c.statements)
			got := problem.From(err)
			if got.Status != c.status {
				t.Errorf("got %d for %v, want %d", got.Status, err, c.status)
			}
			for _, secret := range []string{"SQLSTATE", "SELECT", "notes", "rules"} {
				if strings.Contains(got.Detail, secret) {
					t.Errorf("the caller gets %q", got.Detail)
				}
			}
		})
	}
}

func TestConcurrentChangesAreA503(t *testing.T) {
	const raise = "DO $$ BEGIN RAISE SQLSTATE '%s'; END $$"
	for name, statements := range map[string][]string{
		"a lock that does not come": {"SET LOCAL lock_timeout = '10ms'", "LOCK TABLE notes"},
		"a deadlock":                {fmt.Sprintf(raise, "40P01")},
		"a serialization failure":   {fmt.Sprintf(raise, "40001")},
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, notes())
			defer hold(t, db)()
			got := problem.From(run(t, db, statements))
			if want := "Another request is changing the same data. Try again."; got.Status != 503 || got.Detail != want {
				t.Errorf("got %d %s, want 503 %s", got.Status, got.Detail, want)
			}
		})
	}
}

// The server accepts the connection and sends nothing, so the caller hangs up while it is being opened.
func TestACallerThatHangsUpWhileAConnectionIsOpenedIsNotAFault(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	host, port, err := net.SplitHostPort(silent.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	db := databasetest.Connect(t, contract.Database[string]{Host: host, Port: port, Name: "n", User: "u", Password: "p", SSLMode: "disable", MaxConnections: "1"})
	ctx, hangUp := context.WithTimeout(t.Context(), time.Minute)
	failed := make(chan error, 1)
	go func() { failed <- db.WithContext(ctx).Exec("SELECT 1").Error }()
	connection, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	hangUp()
	if got := problem.From(<-failed); got.Status != problem.StatusHungUp {
		t.Errorf("got %v, want %d", got, problem.StatusHungUp)
	}
}

func run(t *testing.T, db *database.Database, statements []string) error {
	t.Helper()
	return db.WithContext(databasetest.Context(t)).Transaction(func(tx *gorm.DB) error {
		for _, statement := range statements {
			if statement == "" { // until the session has ended
				awaitNone(t, db, "pg_stat_activity", "datname = current_database() AND state = 'idle in transaction' AND query LIKE 'SET LOCAL idle%'")
				continue
			}
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func awaitNone(t *testing.T, db *database.Database, table, condition string) {
	t.Helper()
	for begin := time.Now(); count(t, db, table, condition) != 0; time.Sleep(time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatal("they are still there")
		}
	}
}

func hold(t *testing.T, db *database.Database) (release func()) {
	t.Helper()
	tx := db.WithContext(databasetest.Context(t)).Begin()
	if err := tx.Exec("LOCK TABLE notes").Error; err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback() }
}

func TestAnUnavailableDatabaseIsA503(t *testing.T) {
	server := databasetest.Separate(t)
	db := databasetest.Connect(t, server.Config("postgres"))
	query := func() *problem.Error {
		return problem.From(db.WithContext(databasetest.Context(t)).Exec("SELECT 1").Error)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"on the old connection", "on a new one"} {
		if got := query(); got.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: got %v, want a 503", when, got)
		}
	}
}

func TestSessionsHaveTimeouts(t *testing.T) {
	db := databasetest.Open(t, notes())
	for setting, want := range map[string]string{
		"statement_timeout": "12s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s",
	} {
		var got string
		if err := db.WithContext(databasetest.Context(t)).Raw("SHOW " + setting).Scan(&got).Error; err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", setting, got, err, want)
		}
	}
}

// A migration may take longer than a request.
func TestMigrationsHaveNoTimeoutForStatements(t *testing.T) {
	migrations := notes()
	migrations["00002_settings.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
CREATE TABLE settings AS SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock;
`)}
	db := databasetest.Open(t, migrations)
	if got := count(t, db, "settings", "statement = '0' AND lock = '5s'"); got != 1 {
		t.Error("want no statement timeout and a lock timeout of 5s for migrations")
	}
}

// A query ends by its deadline after its caller hung up, so the tests' databases require one.
func TestAQueryWithoutADeadlineFailsInTests(t *testing.T) {
	db := databasetest.Open(t, notes())
	for name, err := range map[string]error{
		"query":       db.Find(&[]note{}).Error,
		"create":      db.WithContext(t.Context()).Create(&note{ID: 7}).Error,
		"update":      db.Model(&note{ID: 1}).Update("at", nil).Error,
		"delete":      db.Delete(&note{}, "id = 1").Error,
		"raw":         db.Exec("SELECT 1").Error,
		"transaction": db.Transaction(func(tx *gorm.DB) error { return tx.Exec("SELECT 1").Error }),
	} {
		if err == nil || !strings.Contains(err.Error(), "without a deadline") {
			t.Errorf("%s: got %v, want that it has no deadline", name, err)
		}
	}
}
