package service

import (
	"context"
	"time"

	"github.com/google/uuid"
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
	return &client, nil
}

// product asks products. The errors are those of peer.Client.
func (s orders) product(ctx context.Context, code uuid.UUID) (*Product, error) {
	var product Product
	if err := s.products.Get(ctx, "/products/{code}", &product, code.String()); err != nil {
		return nil, err
	}
	return &product, nil
}
