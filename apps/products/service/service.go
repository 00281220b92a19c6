// Package service is the products service: what can be ordered. It calls no peer.
package service

import (
	"context"
	"embed"
	"io/fs"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Run serves products until ctx ends.
func Run(ctx context.Context, config contract.Products[string]) error {
	settings := app.Settings{Port: config.Port, Database: config.Database, Migrations: Migrations()}
	return app.Run(ctx, settings, func(db *database.Database) (app.App, error) {
		return New(db)
	})
}

// Migrations are the SQL files that make the service's tables.
func Migrations() fs.FS {
	return database.Migrations(files)
}

// New is the service on its database.
func New(db *database.Database) (app.App, error) {
	engine, err := web.NewEngine()
	if err != nil {
		return app.App{}, err
	}
	products := products{db.DB}
	engine.GET("/products", web.Handle(products.list))
	engine.POST("/products", web.Handle(products.create))
	engine.GET("/products/:code", web.Handle(products.read))
	engine.DELETE("/products/:code", web.Handle(products.delete))
	return app.App{Handler: engine}, nil
}
