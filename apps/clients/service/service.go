// Package service is the clients service: who orders. It calls orders when a client is deleted.
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

// Migrations are the SQL files that make the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// New is the service on its database, with the orders service at ordersURL.
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
