package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/outbox"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

type clients struct {
	db        *gorm.DB
	deletions *outbox.Outbox[deletion]
}

func (s clients) list(ctx context.Context, page web.Page) ([]Client, error) {
	found := []Client{}
	query := s.db.WithContext(ctx).Order("created_at DESC, tax_code DESC").Limit(page.Limit).Offset(page.Offset)
	if err := query.Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	return found, nil
}

func (s clients) create(ctx context.Context, _ web.None, body newClient) (created web.Created[Client], err error) {
	client := Client{TaxCode: body.TaxCode, FirstName: body.FirstName, LastName: body.LastName, Revision: uuid.New()}
	err = s.db.WithContext(ctx).Create(&client).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return created, problem.New(http.StatusConflict, "There is a client with the tax code %s already.", client.TaxCode)
	case err != nil:
		return created, fmt.Errorf("create client: %w", err)
	}
	return web.Created[Client]{Location: "/clients/" + client.TaxCode, Data: client}, nil
}

func (s clients) read(ctx context.Context, request reading) (Client, error) {
	return s.find(ctx, request.TaxCode)
}

func (s clients) find(ctx context.Context, taxCode string) (Client, error) {
	var client Client
	err := s.db.WithContext(ctx).Take(&client, "tax_code = ?", taxCode).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return client, unknown(taxCode)
	case err != nil:
		return client, fmt.Errorf("read client: %w", err)
	}
	return client, nil
}
