// Package service implements the products service, which stores the articles that clients can order. It calls no peer.
// Start at New, which lists the API.
package service

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves products until ctx ends.
func Run(ctx context.Context, config contract.Products[string]) error {
	settings := app.Settings{
		Name: config.App(), Port: config.Port, Database: config.Database, Telemetry: config.Telemetry, Probe: config.Probe,
		Migrations: Migrations(), ResponseDelay: config.ResponseDelay,
	}
	return app.Run(ctx, settings, func(db *database.Database) (app.App, error) {
		return New(db)
	})
}

// Migrations returns the SQL files that create the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// New returns the service with its database.
func New(db *database.Database) (app.App, error) {
	api, err := web.New(contract.ProductsName, "What can be ordered.")
	if err != nil {
		return app.App{}, err
	}
	api.Metrics.MustRegister(db.Metrics(contract.ProductsName))
	products := products{db.DB}
	notFound := map[int]string{http.StatusNotFound: "There is no product with this code."}
	web.Handle(api, "GET /products", products.list, web.Operation{
		ID: "listProducts", Summary: "List the products, newest first.",
	})
	web.HandleBody(api, "POST /products", products.create, web.Operation{
		ID: "createProduct", Summary: "Create a product.",
		Problems: map[int]string{http.StatusConflict: "There is a product with this code already."},
	})
	web.Handle(api, "GET /products/:code", products.read, web.Operation{
		ID: "readProduct", Summary: "Read a product.", Problems: notFound,
	})
	web.Handle(api, "DELETE /products/:code", products.delete, web.Operation{
		ID: "deleteProduct", Summary: "Delete a product. Orders that have it keep its code.", Problems: notFound,
	})
	return app.App{Handler: api}, nil
}
