// Package service implements the clients service, which stores the customers. When a client is deleted it calls orders.
// Start at route in routes.go, which lists the API.
package service

import (
	"context"
	"embed"
	"io/fs"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/outbox"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves clients until ctx ends.
func Run(ctx context.Context, config contract.Clients[string]) error {
	settings := app.Settings{
		Name: config.App(), Port: config.Port, Database: config.Database, Telemetry: config.Telemetry, Probe: config.Probe,
		Migrations: Migrations(),
	}
	return app.Run(ctx, settings, func(db *database.Database) (app.App, error) {
		return New(db, config.OrdersURL)
	})
}

// Migrations returns the SQL files that create the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// New returns the service with its database and the orders service at ordersURL.
func New(db *database.Database, ordersURL string) (app.App, error) {
	api, err := web.New(contract.ClientsName, "Who orders. Deleting a client makes orders delete that client's orders.")
	if err != nil {
		return app.App{}, err
	}
	api.Metrics.MustRegister(db.Metrics(contract.ClientsName))
	orders := deliverer{peer.New(contract.OrdersName, ordersURL).Within(deliveryTimeout, deliveryTimeout)}
	clients := clients{db: db.DB, deletions: outbox.New(db.DB, orders.deliver)}
	api.Metrics.MustRegister(clients.deletions)
	clients.route(api)
	return app.App{Handler: api, Work: clients.deletions.Run}, nil
}
