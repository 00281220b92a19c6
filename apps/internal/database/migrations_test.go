package database_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// count returns the number of rows of a query.
func count(t *testing.T, db *database.Database, table, condition string) (rows int64) {
	t.Helper()
	if err := db.WithContext(databasetest.Context(t)).Table(table).Where(condition).Count(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// files returns the migrations of a service.
func files(t *testing.T, service string) fstest.MapFS {
	t.Helper()
	folder := "../../" + service + "/service/migrations/"
	names, err := filepath.Glob(folder + "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has %d migrations: %v", service, len(names), err)
	}
	found := fstest.MapFS{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(name)] = &fstest.MapFile{Data: text}
	}
	return found
}

// prepareTogether runs the migrations of three replicas concurrently.
func prepareTogether(t *testing.T, replicas []*database.Database, migrations fstest.MapFS) {
	t.Helper()
	failures := make([]error, len(replicas))
	begin := make(chan struct{})
	var together sync.WaitGroup
	for i, db := range replicas {
		together.Go(func() {
			<-begin
			failures[i] = db.Prepare(t.Context(), migrations)
		})
	}
	close(begin)
	together.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatalf("a replica could not migrate: %v", err)
	}
}

// The last migration would fail if two replicas ran it concurrently, and it is slow enough for them to try.
func TestReplicasThatStartTogetherMigrateAnEmptyDatabaseOnce(t *testing.T) {
	for _, service := range []string{"clients", "orders", "products"} {
		t.Run(service, func(t *testing.T) {
			migrations := files(t, service)
			migrations["99999_slow.sql"] = &fstest.MapFile{Data: []byte(
				"-- +goose Up\nSELECT pg_sleep(0.3);\nCREATE TABLE slow (id int PRIMARY KEY);\nINSERT INTO slow VALUES (1);\n",
			)}
			config := databasetest.New(t)
			replicas := []*database.Database{
				databasetest.Connect(t, config), databasetest.Connect(t, config), databasetest.Connect(t, config),
			}
			prepareTogether(t, replicas, migrations)
			if got := count(t, replicas[0], "goose_db_version", "is_applied AND version_id > 0"); got != int64(len(migrations)) {
				t.Errorf("got %d migrations, want each of the %d once", got, len(migrations))
			}
		})
	}
}

func TestAMigrationThatFailsHalfwayLeavesNothing(t *testing.T) {
	db := databasetest.Connect(t, databasetest.New(t))
	migrations := notes()
	migrations["00002_half.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (id int);\nSELECT 1 / 0;\n")}
	if err := db.Prepare(t.Context(), migrations); err == nil {
		t.Fatal("a division by zero went through")
	}
	const half, first = "tablename = 'half'", "tablename = 'notes'"
	if got := count(t, db, "pg_tables", half); got != 0 {
		t.Error("the first half of a migration that failed is there")
	}
	if got := count(t, db, "pg_tables", first); got != 1 {
		t.Error("the migration before the one that failed is not there")
	}
	migrations["00002_half.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (id int);\n")}
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatalf("the mended migration fails: %v", err)
	}
	if got := count(t, db, "pg_tables", half); got != 1 {
		t.Error("the mended migration did nothing")
	}
}

// The tables have the same rules as requests, for writes that bypass the service.
func TestTheTablesKeepTheRules(t *testing.T) {
	const client = `INSERT INTO clients (tax_code, first_name, last_name, created_at, updated_at) VALUES `
	const order = `INSERT INTO orders (id, client_tax_code, created_at, updated_at) VALUES `
	const product = `INSERT INTO products (code, name, created_at, updated_at) VALUES `
	const id = "'3fa85f64-5717-4562-b3fc-2c963f66afa6'"
	for _, c := range []struct {
		service, insert, values string
		want                    error
	}{
		{"clients", client, `('ADA', 'Ada', 'Lovelace', now(), now())`, nil},
		{"clients", client, `(repeat('a', 32), repeat('ä', 100), 'Lovelace', now(), now())`, nil},
		{"clients", client, `(repeat('a', 33), 'Ada', 'Lovelace', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"clients", client, `('', 'Ada', 'Lovelace', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"clients", client, `('A/B', 'Ada', 'Lovelace', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"clients", client, `('ADÄ', 'Ada', 'Lovelace', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"clients", client, `('ADA', ' ', 'Lovelace', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"clients", client, `('ADA', 'Ada', repeat('ä', 101), now(), now())`, gorm.ErrCheckConstraintViolated},
		{"orders", order, `(` + id + `, 'ADA', now(), now())`, nil},
		{"orders", order, `(` + id + `, 'A B', now(), now())`, gorm.ErrCheckConstraintViolated},
		{"orders", `INSERT INTO order_products VALUES `, `(` + id + `, ` + id + `, now())`, gorm.ErrForeignKeyViolated},
		{"products", product, `(` + id + `, repeat('ä', 200), now(), now())`, nil},
		{"products", product, `(` + id + `, repeat('ä', 201), now(), now())`, gorm.ErrCheckConstraintViolated},
		{"products", product, `(` + id + `, '', now(), now())`, gorm.ErrCheckConstraintViolated},
	} {
		t.Run(c.service+" "+c.values, func(t *testing.T) {
			db := databasetest.Open(t, files(t, c.service))
			if err := db.WithContext(databasetest.Context(t)).Exec(c.insert + c.values).Error; !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
