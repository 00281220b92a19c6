package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

type orders struct {
	db                *gorm.DB
	clients, products *peer.Client
}

// list returns all orders, or those of one client.
func (s orders) list(ctx context.Context, filter listing) ([]Order, error) {
	query := withLines(s.db.WithContext(ctx))
	if filter.ClientTaxCode != "" {
		query = query.Where("client_tax_code = ?", filter.ClientTaxCode)
	}
	found := []Order{}
	if err := query.Order("created_at DESC, id DESC").Limit(filter.Limit).Offset(filter.Offset).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	return found, nil
}

// withLines also loads the lines of the orders, with one additional query for all of them.
func withLines(db *gorm.DB) *gorm.DB {
	return db.Preload("Products", func(lines *gorm.DB) *gorm.DB { return lines.Order("created_at, code") })
}

func (s orders) find(ctx context.Context, id uuid.UUID) (Order, error) {
	var order Order
	err := withLines(s.db.WithContext(ctx)).Take(&order, "id = ?", id).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return order, unknown(id)
	case err != nil:
		return order, fmt.Errorf("read order %s: %w", id, err)
	}
	return order, nil
}

func (s orders) delete(ctx context.Context, request byID) (none web.None, err error) {
	deleted := s.db.WithContext(ctx).Delete(&Order{}, "id = ?", request.ID)
	switch {
	case deleted.Error != nil:
		return none, fmt.Errorf("delete order %s: %w", request.ID, deleted.Error)
	case deleted.RowsAffected == 0:
		return none, unknown(request.ID)
	}
	return none, nil
}

// missing reports whether err is the 404 of a peer.
func missing(err error) bool {
	var known *problem.Error
	return errors.As(err, &known) && known.Status == http.StatusNotFound
}
