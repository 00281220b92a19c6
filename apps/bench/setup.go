package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// seeded is the number of clients at the start.
const seeded = 10_000

// rest is the idle time before the memory of the services is read.
const rest = 5 * time.Second

// setup holds the running processes: the three services, the bare handlers, and their database server.
type setup struct {
	server   *databasetest.Server
	services []*process
	bare     *process
}

// start starts all processes and blocks until they are ready.
func start(ctx context.Context, binaries string) (_ *setup, err error) {
	s := &setup{}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	// databasetest disables durability for speed, which would make writes look too cheap.
	if s.server, err = databasetest.NewServer(ctx, "fsync=on", "synchronous_commit=on", "full_page_writes=on"); err != nil {
		return nil, err
	}
	if err := s.server.Start(ctx); err != nil {
		return nil, err
	}
	urls := map[string]string{}
	for _, name := range []string{"clients", "orders", "products", "bare"} {
		if urls[name], err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"clients", "orders", "products"} {
		if err := s.startService(ctx, filepath.Join(binaries, name), urls); err != nil {
			return nil, err
		}
	}
	if err := s.seed(ctx); err != nil {
		return nil, err
	}
	return s, s.startBare(ctx, urls["bare"])
}

func (s *setup) startService(ctx context.Context, binary string, addresses map[string]string) error {
	name := filepath.Base(binary)
	if err := s.server.Execute(ctx, "CREATE DATABASE "+name); err != nil {
		return fmt.Errorf("create the database of %s: %w", name, err)
	}
	_, port, err := net.SplitHostPort(addresses[name])
	if err != nil {
		return err
	}
	database := s.server.LoopbackConfig(name)
	probeAddress, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	_, probePort, err := net.SplitHostPort(probeAddress)
	if err != nil {
		return err
	}
	service, err := startProcess(ctx, name, "http://"+addresses[name], binary, nil, map[string]string{
		"PORT":       port,
		"ORDERS_URL": "http://" + addresses["orders"], "CLIENTS_URL": "http://" + addresses["clients"],
		"PRODUCTS_URL":  "http://" + addresses["products"],
		"DATABASE_HOST": database.Host, "DATABASE_PORT": database.Port, "DATABASE_NAME": database.Name,
		"DATABASE_USER": database.User, "DATABASE_PASSWORD": database.Password,
		"DATABASE_SSL_MODE": database.SSLMode, "DATABASE_MAX_CONNECTIONS": database.MaxConnections,
		"PROBE_PORT": probePort, "PROBE_TARGETS": "http://" + addresses[name], "PROBE_PODS": "http://" + addresses[name],
	})
	if service != nil {
		s.services = append(s.services, service)
	}
	return err
}

// startBare runs this binary again, to serve the bare handlers on the tables of the services.
func (s *setup) startBare(ctx context.Context, address string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this binary: %w", err)
	}
	databases, err := json.Marshal(map[string]contract.Database[string]{
		"clients": s.server.LoopbackConfig("clients"), "orders": s.server.LoopbackConfig("orders"),
	})
	if err != nil {
		return err
	}
	s.bare, err = startProcess(ctx, "bare", "http://"+address, self, []string{"-bare", address},
		map[string]string{databasesVariable: string(databases)})
	return err
}

// seed inserts the clients for reads.
func (s *setup) seed(ctx context.Context) error {
	db, err := pgx.Connect(ctx, connectionString(s.server.LoopbackConfig("clients")))
	if err != nil {
		return fmt.Errorf("connect to seed: %w", err)
	}
	defer db.Close(ctx)
	_, err = db.Exec(ctx, `INSERT INTO clients (tax_code, first_name, last_name, created_at, updated_at)
		SELECT 'SEED' || n, 'Maria', 'Rossi', at, at
		FROM generate_series(0, $1 - 1) n, LATERAL (SELECT now() + n * interval '1 microsecond' AS at) times`, seeded)
	if err != nil {
		return fmt.Errorf("seed the clients: %w", err)
	}
	_, err = db.Exec(ctx, "ANALYZE clients")
	return err
}

// memory returns the resident memory of each service in MB, after a rest.
func (s *setup) memory() ([]float64, error) {
	time.Sleep(rest)
	var megabytes []float64
	for _, service := range s.services {
		resident, err := service.resident()
		if err != nil {
			return nil, err
		}
		megabytes = append(megabytes, resident)
	}
	return megabytes, nil
}

func (s *setup) stop() {
	var errs []error
	for _, process := range append(s.services, s.bare) {
		errs = append(errs, process.stop())
	}
	if s.server != nil {
		errs = append(errs, s.server.Remove())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "bench: stop:", err)
	}
}
