// Package service is the products service: what can be ordered. It calls no peer.
package service

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/server"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves products until ctx ends.
func Run(ctx context.Context, config contract.Products[string]) error {
	db, err := database.Open(config.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := Handler(db.DB)
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

// Handler is the service's API on a database that has its tables.
func Handler(db *gorm.DB) (http.Handler, error) {
	engine, err := web.NewEngine()
	if err != nil {
		return nil, err
	}
	products := products{db}
	engine.GET("/products", web.Handle(products.list))
	engine.POST("/products", web.Handle(products.create))
	engine.GET("/products/:code", web.Handle(products.read))
	engine.DELETE("/products/:code", web.Handle(products.delete))
	return engine, nil
}
