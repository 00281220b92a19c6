package service

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Client is what clients tells about a client.
type Client struct {
	TaxCode   string    `json:"taxCode"`
	FirstName string    `json:"firstName"`
	LastName  string    `json:"lastName"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Product is what products tells about a product. All but the code is left out while products cannot be read.
type Product struct {
	Code      uuid.UUID `json:"code"`
	Name      string    `json:"name,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
}

// client asks clients. The errors are those of peer.Client.
func (s orders) client(ctx context.Context, taxCode string) (*Client, error) {
	var client Client
	if err := s.clients.Get(ctx, "/clients/{taxCode}", &client, taxCode); err != nil {
		return nil, err
	}
	if client.TaxCode != taxCode || client.CreatedAt.IsZero() {
		return nil, problem.New(http.StatusBadGateway, "%s gave an answer that is not understood. It has been logged.", s.clients.Name()).
			Because(errors.New("GET /clients/{taxCode}: the answer is of another client, or does not say when it was created"))
	}
	return &client, nil
}

// clientOf asks for the client of an order. Its tax code may be another client's by now, whom the order does not concern.
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

// product asks products. The errors are those of peer.Client.
func (s orders) product(ctx context.Context, code uuid.UUID) (*Product, error) {
	var product Product
	if err := s.products.Get(ctx, "/products/{code}", &product, code.String()); err != nil {
		return nil, err
	}
	return &product, nil
}
