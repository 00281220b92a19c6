package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/kubernetes-networking/apps/contract"
)

// databasesVariable holds the two databases of the bare handlers as JSON.
const databasesVariable = "BENCH_DATABASES"

// connections is the limit of each service, too.
const connections = 10

// bare serves the minimum: the queries of the services and nothing else.
type bare struct {
	clients, orders *pgxpool.Pool
	self            string
	http            *http.Client
}

type client struct {
	TaxCode   string    `json:"taxCode"`
	FirstName string    `json:"firstName"`
	LastName  string    `json:"lastName"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

const columns = "tax_code, first_name, last_name, created_at, updated_at"

type order struct {
	ID            uuid.UUID `json:"id"`
	ClientTaxCode string    `json:"clientTaxCode"`
	Products      []string  `json:"products"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

func serveBare(ctx context.Context, address string) error {
	var databases map[string]contract.Database[string]
	if err := json.Unmarshal([]byte(os.Getenv(databasesVariable)), &databases); err != nil {
		return fmt.Errorf("read %s: %w", databasesVariable, err)
	}
	// The same number of idle connections as in package peer.
	b := &bare{self: "http://" + address, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	for name, pool := range map[string]**pgxpool.Pool{"clients": &b.clients, "orders": &b.orders} {
		config, err := pgxpool.ParseConfig(connectionString(databases[name]))
		if err != nil {
			return err
		}
		config.MaxConns = connections
		if *pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			return err
		}
		defer (*pool).Close()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /clients/{taxCode}", b.read)
	mux.HandleFunc("GET /clients", b.list)
	mux.HandleFunc("POST /clients", b.create)
	mux.HandleFunc("POST /orders", b.order)
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close() // the benchmark is over
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (b *bare) read(w http.ResponseWriter, r *http.Request) {
	rows, _ := b.clients.Query(r.Context(), "SELECT "+columns+" FROM clients WHERE tax_code = $1", r.PathValue("taxCode"))
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[client])
	answer(w, http.StatusOK, found, err)
}

func (b *bare) list(w http.ResponseWriter, r *http.Request) {
	rows, _ := b.clients.Query(r.Context(), "SELECT "+columns+" FROM clients ORDER BY created_at DESC, tax_code DESC LIMIT 50")
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[client])
	answer(w, http.StatusOK, found, err)
}

func (b *bare) create(w http.ResponseWriter, r *http.Request) {
	var body client
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, 0, nil, err)
		return
	}
	body.CreatedAt = time.Now()
	body.UpdatedAt = body.CreatedAt
	_, err := b.clients.Exec(r.Context(), "INSERT INTO clients ("+columns+") VALUES ($1, $2, $3, $4, $5)",
		body.TaxCode, body.FirstName, body.LastName, body.CreatedAt, body.UpdatedAt)
	answer(w, http.StatusCreated, body, err)
}

// order reads the client over HTTP, as the orders service does. It then runs a single INSERT; the service runs a transaction
// that excludes a concurrent deletion of the client.
func (b *bare) order(w http.ResponseWriter, r *http.Request) {
	var body order
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, 0, nil, err)
		return
	}
	of, err := b.client(r.Context(), body.ClientTaxCode)
	if err != nil {
		answer(w, 0, nil, err)
		return
	}
	body.ID, body.Products, body.CreatedAt = uuid.New(), []string{}, time.Now()
	body.UpdatedAt = body.CreatedAt
	_, err = b.orders.Exec(r.Context(),
		"INSERT INTO orders (id, client_tax_code, client_created_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)",
		body.ID, body.ClientTaxCode, of.CreatedAt, body.CreatedAt, body.UpdatedAt)
	answer(w, http.StatusCreated, body, err)
}

func (b *bare) client(ctx context.Context, taxCode string) (client, error) {
	var found struct {
		Data client `json:"data"`
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.self+"/clients/"+url.PathEscape(taxCode), http.NoBody)
	if err != nil {
		return client{}, err
	}
	response, err := b.http.Do(request)
	if err != nil {
		return client{}, err
	}
	defer response.Body.Close()
	return found.Data, json.NewDecoder(response.Body).Decode(&found)
}

func answer(w http.ResponseWriter, status int, data any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func connectionString(config contract.Database[string]) string {
	dsn := url.URL{
		Scheme: "postgres", User: url.UserPassword(config.User, config.Password),
		Host: net.JoinHostPort(config.Host, config.Port), Path: config.Name, RawQuery: "sslmode=disable",
	}
	return dsn.String()
}
