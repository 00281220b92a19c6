package systemtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	clients "example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// peers are unused addresses: a service starts and stops without its peers.
var peers = map[string]string{
	"ORDERS_URL": "http://127.0.0.1:1", "CLIENTS_URL": "http://127.0.0.1:1", "PRODUCTS_URL": "http://127.0.0.1:1",
}

// The slow request needs everything that a shutdown closes: the caller, a peer and the database.
func TestAServiceStopsWithoutLosingARequest(t *testing.T) {
	t.Parallel() // it takes as long as a drain
	bodies := map[string]string{"clients": ada, "orders": orderOfAda, "products": `{"code":"` + lamp + `","name":"Lamp"}`}
	known := apitest.Serve(t, built(t)(clients.New(databasetest.Open(t, clients.Migrations()), "http://orders.invalid")).Handler)
	known.Do(t, "POST", "/clients", ada)
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := databasetest.NewLoopback(t)
			environ := with(with(environment(t, database), peers), map[string]string{"CLIENTS_URL": known.URL})
			service := run(t, name, environ)
			service.await(t, "/readyz", http.StatusNoContent)
			owner := connect(t, database)
			underWay := service.begin(t, "/"+name, body)

			begin := time.Now()
			service.signal(t, syscall.SIGTERM)
			service.await(t, "/readyz", http.StatusServiceUnavailable)
			if status := service.get(t, "/"+name+"?limit=0"); status != http.StatusUnprocessableEntity {
				t.Errorf("a request on a new connection got %d while the service drained, want 422", status)
			}
			service.await(t, "/livez", 0) // until the listener is closed
			if status := underWay.finish(t); status != http.StatusCreated {
				t.Errorf("the request under way got %d, want 201", status)
			}
			if code := service.wait(t); code != 0 || time.Since(begin) > gracePeriod {
				t.Errorf("exit code %d after %s, want 0 within %s", code, time.Since(begin), gracePeriod)
			}
			eventually(t, gracePeriod, "connections to the database are open", func() bool {
				return owner.count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == 0
			})
			wantMaskedConfiguration(t, service)
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
	t.Parallel() // it runs a process
	products := run(t, "products", environment(t, databasetest.NewLoopback(t)))
	products.await(t, "/readyz", http.StatusNoContent)
	products.signal(t, syscall.SIGTERM)
	products.await(t, "/readyz", http.StatusServiceUnavailable)
	products.signal(t, syscall.SIGTERM)
	if code := products.wait(t); code != -1 { // it would be 0 after a complete drain
		t.Errorf("exit code %d, want that the signal ended it before it had drained", code)
	}
}

func TestAnInvalidVariableIsNamedInOneLine(t *testing.T) {
	t.Parallel() // each runs a process
	tests := map[string]struct{ variable, value, want string }{
		"wrong":   {"PORT", "http", `PORT is "http", set it to a port number from 1 to 65535`},
		"missing": {"DATABASE_HOST", "", `DATABASE_HOST is not set, set it to a host name of letters, digits, hyphens and dots`},
		"level":   {"LOG_LEVEL", "loud", `LOG_LEVEL is "loud", set it to debug, info, warn or error`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			environ := environment(t, contract.Database[string]{
				Host: "db", Port: "5432", Name: "a", User: "b", Password: "a password", SSLMode: "disable", MaxConnections: "1",
			})
			environ[test.variable] = test.value
			service := run(t, "products", environ)
			if code := service.wait(t); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			lines := service.output.lines(t)
			want := "invalid environment: " + test.want
			if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["error"] != want {
				t.Errorf("got  %v\nwant one line with the error %s", lines, want)
			}
			if strings.Contains(service.output.String(), "a password") {
				t.Error("the password is in the log")
			}
		})
	}
}

// owner is a connection of the test to a service's database.
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

// underWay is a POST whose body the service waits for, up to the read timeout of 10 s.
type underWay struct {
	connection net.Conn
	answers    *bufio.Reader
	body       string
}

// begin sends the head of a POST. The service sends 100 Continue when it starts to read the body.
func (p *process) begin(t *testing.T, path, body string) underWay {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	const head = "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
	if _, err := fmt.Fprintf(connection, head, path, len(body)); err != nil {
		t.Fatal(err)
	}
	request := underWay{connection, bufio.NewReader(connection), body}
	if status := request.status(t); status != http.StatusContinue {
		t.Fatalf("POST %s got %d before its body, want 100", path, status)
	}
	return request
}

// finish sends the body and returns the status of the answer.
func (u underWay) finish(t *testing.T) int {
	t.Helper()
	if _, err := io.WriteString(u.connection, u.body); err != nil {
		t.Fatal(err)
	}
	return u.status(t)
}

func (u underWay) status(t *testing.T) int {
	t.Helper()
	response, err := http.ReadResponse(u.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
