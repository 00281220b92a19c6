// Package service is the clients service: who orders. It calls orders when a client is deleted.
package service

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/server"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves clients until ctx ends.
func Run(ctx context.Context, config contract.Clients[string]) error {
	db, err := database.Open(config.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := Handler(db.DB, config.OrdersURL)
	if err != nil {
		return err
	}
	return server.Server{
		Address: ":" + config.Port,
		Handler: handler,
		Prepare: func(ctx context.Context) error { return db.Prepare(ctx, Migrations()) },
		Ready:   db.Ready,
	}.Run(ctx)
}

// Migrations are the SQL files that make the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// Handler is the service's API on a database that has its tables, with the orders service at ordersURL.
func Handler(db *gorm.DB, ordersURL string) (http.Handler, error) {
	engine, err := web.NewEngine()
	if err != nil {
		return nil, err
	}
	clients := clients{db: db, orders: peer.New("orders", ordersURL)}
	engine.GET("/clients", web.Handle(clients.list))
	engine.POST("/clients", web.Handle(clients.create))
	engine.GET("/clients/:taxCode", web.Handle(clients.read))
	engine.PUT("/clients/:taxCode", web.Handle(clients.update))
	engine.DELETE("/clients/:taxCode", web.Handle(clients.delete))
	return engine, nil
}
