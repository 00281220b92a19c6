package systemtest

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// peers are where nobody answers: a service starts and stops without its peers.
var peers = map[string]string{
	"ORDERS_URL": "http://127.0.0.1:1", "CLIENTS_URL": "http://127.0.0.1:1", "PRODUCTS_URL": "http://127.0.0.1:1",
}

func TestAServiceStopsWithoutLosingARequest(t *testing.T) {
	services := []string{"clients", "orders", "products"}
	commands := build(t, services...)
	for _, name := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := databasetest.NewLoopback(t)
			service := run(t, filepath.Join(commands, name), with(environment(t, database), peers))
			service.await(t, "/readyz", http.StatusNoContent)
			wantMaskedConfiguration(t, service)
			owner := connect(t, database)
			blocked, finish := owner.block(t, name, service)

			begin := time.Now()
			service.signal(t, syscall.SIGTERM)
			service.await(t, "/readyz", http.StatusServiceUnavailable)
			if status := service.get(t, "/"+name+"?limit=0"); status != http.StatusUnprocessableEntity {
				t.Errorf("a request on a new connection got %d while the service drained, want 422", status)
			}
			service.await(t, "/livez", 0) // until nobody listens any more
			finish()
			if status := <-blocked; status != http.StatusOK {
				t.Errorf("the request under way got %d, want 200", status)
			}
			if code := service.wait(t); code != 0 || time.Since(begin) > gracePeriod {
				t.Errorf("exit code %d after %s, want 0 within %s", code, time.Since(begin), gracePeriod)
			}
			eventually(t, func() bool {
				return owner.count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == 0
			})
			lines := service.output.lines(t)
			if last := lines[len(lines)-1]; last["msg"] != "stopped" || last["level"] != "INFO" {
				t.Errorf("the last line is %v, want that it stopped", last)
			}
		})
	}
}

func wantMaskedConfiguration(t *testing.T, service *process) {
	t.Helper()
	first := service.output.lines(t)[0]
	config, _ := first["config"].(map[string]any)
	if first["msg"] != "starting" || config["DATABASE_PASSWORD"] != "******" || config["DATABASE_MAX_CONNECTIONS"] != "10" {
		t.Errorf("the first line is %v, want the configuration with its password masked", first)
	}
	if strings.Contains(service.output.String(), "a password") {
		t.Error("the password is in the log")
	}
}

func TestASecondSignalEndsAServiceAtOnce(t *testing.T) {
	products := run(t, filepath.Join(build(t, "products"), "products"), environment(t, databasetest.NewLoopback(t)))
	products.await(t, "/readyz", http.StatusNoContent)
	begin := time.Now()
	products.signal(t, syscall.SIGTERM)
	products.await(t, "/readyz", http.StatusServiceUnavailable)
	products.signal(t, syscall.SIGTERM)
	if code := products.wait(t); code != -1 || time.Since(begin) > 2*time.Second {
		t.Errorf("exit code %d after %s, want that the signal ended it before it had drained", code, time.Since(begin))
	}
}

func TestAVariableThatIsWrongIsNamedInOneLine(t *testing.T) {
	products := filepath.Join(build(t, "products"), "products")
	tests := map[string]struct{ variable, value, want string }{
		"wrong":   {"PORT", "http", `PORT is "http", set it to a port number from 1 to 65535`},
		"missing": {"DATABASE_HOST", "", `DATABASE_HOST is not set, set it to a host name of letters, digits, hyphens and dots`},
		"level":   {"LOG_LEVEL", "loud", `LOG_LEVEL is "loud", set it to debug, info, warn or error`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			environ := environment(t, contract.Database[string]{
				Host: "db", Port: "5432", Name: "a", User: "b", Password: "a password", MaxConnections: "1",
			})
			environ[test.variable] = test.value
			service := run(t, products, environ)
			if code := service.wait(t); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			lines := service.output.lines(t)
			want := "the environment does not fit the app's contract: " + test.want
			if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["error"] != want {
				t.Errorf("got  %v\nwant one line with the error %s", lines, want)
			}
			if strings.Contains(service.output.String(), "a password") {
				t.Error("the password is in the log")
			}
		})
	}
}

// owner is the test's own connection to a service's database.
type owner struct{ *pgx.Conn }

func connect(t *testing.T, database contract.Database[string]) owner {
	t.Helper()
	config, err := pgx.ParseConfig("sslmode=disable dbname=" + database.Name + " port=" + database.Port)
	if err != nil {
		t.Fatal(err)
	}
	config.Host, config.User, config.Password = database.Host, database.User, database.Password
	connection, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close(databasetest.Context(t)) })
	return owner{connection}
}

func (o owner) count(t *testing.T, query string) (count int) {
	t.Helper()
	if err := o.QueryRow(t.Context(), query).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// block locks a table and sends a request that waits for it. The request is answered after finish.
func (o owner) block(t *testing.T, table string, service *process) (status <-chan int, finish func()) {
	t.Helper()
	transaction, err := o.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transaction.Exec(t.Context(), "LOCK TABLE "+table); err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() { answered <- service.get(t, "/"+table) }()
	eventually(t, func() bool {
		return o.count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1
	})
	return answered, func() {
		if err := transaction.Commit(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
