package service

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Client is a client as the clients service returns it.
type Client struct {
	TaxCode   string    `json:"taxCode"`
	FirstName string    `json:"firstName"`
	LastName  string    `json:"lastName"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Product is a product as the products service returns it. If it could not be read, it has only its code.
type Product struct {
	Code      uuid.UUID `json:"code"`
	Name      string    `json:"name,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
}

// client reads a client. Its errors are those of peer.Client.
func (s orders) client(ctx context.Context, taxCode string) (*Client, error) {
	var client Client
	if err := s.clients.Get(ctx, "/clients/{taxCode}", &client, taxCode); err != nil {
		return nil, err
	}
	if client.TaxCode != taxCode || client.CreatedAt.IsZero() {
		return nil, problem.New(http.StatusBadGateway, "%s sent an invalid answer. It has been logged.", s.clients.Name()).
			Because(errors.New("GET /clients/{taxCode}: the answer has another tax code or no createdAt"))
	}
	return &client, nil
}

// clientOf reads the client of an order. It returns a 404 if the tax code belongs to another client now.
func (s orders) clientOf(ctx context.Context, order Order) (*Client, error) {
	client, err := s.client(ctx, order.ClientTaxCode)
	if err != nil {
		return nil, err
	}
	if order.ClientCreatedAt != nil && !client.CreatedAt.Equal(*order.ClientCreatedAt) {
		return nil, problem.New(http.StatusNotFound,
			"There is no such client any more: another one has the tax code %s now.", order.ClientTaxCode)
	}
	return client, nil
}

// product reads a product. Its errors are those of peer.Client.
func (s orders) product(ctx context.Context, code uuid.UUID) (*Product, error) {
	var product Product
	if err := s.products.Get(ctx, "/products/{code}", &product, code.String()); err != nil {
		return nil, err
	}
	return &product, nil
}
