// Package service is the clients service: who orders. It calls orders when a client is deleted.
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

// Run serves clients until ctx ends.
func Run(ctx context.Context, config contract.Clients[string]) error {
	settings := app.Settings{Port: config.Port, Database: config.Database, Migrations: Migrations()}
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
	engine, err := web.NewEngine()
	if err != nil {
		return app.App{}, err
	}
	clients := clients{db: db.DB, orders: peer.New("orders", ordersURL)}
	engine.GET("/clients", web.Handle(clients.list))
	engine.POST("/clients", web.Handle(clients.create))
	engine.GET("/clients/:taxCode", web.Handle(clients.read))
	engine.PUT("/clients/:taxCode", web.Handle(clients.update))
	engine.DELETE("/clients/:taxCode", web.Handle(clients.delete))
	return app.App{Handler: engine}, nil
}
