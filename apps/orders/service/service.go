// Package service implements the orders service, which stores the orders of clients. It calls clients and products to
// validate and to expand an order. Start at route in routes.go, which lists the API.
package service

import (
	"context"
	"embed"
	"io/fs"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves orders until ctx ends.
func Run(ctx context.Context, config contract.Orders[string]) error {
	settings := app.Settings{
		Name: config.App(), Port: config.Port, Database: config.Database, Telemetry: config.Telemetry, Probe: config.Probe,
		Migrations: Migrations(),
	}
	return app.Run(ctx, settings, func(db *database.Database) (app.App, error) {
		return New(db, config.ClientsURL, config.ProductsURL)
	})
}

// Migrations returns the SQL files that create the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// New returns the service with its database and the peers at the two URLs.
func New(db *database.Database, clientsURL, productsURL string) (app.App, error) {
	api, err := web.New(contract.OrdersName, "Which client ordered which products.")
	if err != nil {
		return app.App{}, err
	}
	api.Metrics.MustRegister(db.Metrics(contract.OrdersName))
	orders := orders{db: db.DB, clients: peer.New(contract.ClientsName, clientsURL), products: peer.New(contract.ProductsName, productsURL)}
	orders.route(api)
	return app.App{Handler: api, Work: orders.clean}, nil
}
