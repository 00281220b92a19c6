// Package service is the orders service: which client ordered which products. It calls clients and products, to check
// and to expand an order.
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

// Run serves orders until ctx ends.
func Run(ctx context.Context, config contract.Orders[string]) error {
	db, err := database.Open(config.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := Handler(db.DB, config.ClientsURL, config.ProductsURL)
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

// Handler is the service's API on a database that has its tables, with its peers at the two URLs.
func Handler(db *gorm.DB, clientsURL, productsURL string) (http.Handler, error) {
	engine, err := web.NewEngine()
	if err != nil {
		return nil, err
	}
	orders := orders{db: db, clients: peer.New("clients", clientsURL), products: peer.New("products", productsURL)}
	engine.GET("/orders", web.Handle(orders.list))
	engine.POST("/orders", web.Handle(orders.create))
	engine.DELETE("/orders", web.Handle(orders.deleteOfClient))
	engine.GET("/orders/:id", web.Handle(orders.read))
	engine.DELETE("/orders/:id", web.Handle(orders.delete))
	engine.PUT("/orders/:id/products/:code", web.Handle(orders.attach))
	engine.DELETE("/orders/:id/products/:code", web.Handle(orders.detach))
	return engine, nil
}
