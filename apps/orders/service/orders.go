package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
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

// list answers with all orders, or with those of one client.
func (s orders) list(c *gin.Context) error {
	wanted := web.Parameters[listing](c)
	query := withLines(s.db.WithContext(c.Request.Context()))
	if wanted.ClientTaxCode != "" {
		query = query.Where("client_tax_code = ?", wanted.ClientTaxCode)
	}
	found := []Order{}
	if err := query.Order("created_at DESC, id DESC").Limit(wanted.Limit).Offset(wanted.Offset).Find(&found).Error; err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	web.OK(c, found)
	return nil
}

// withLines reads each order's lines too, with one more query for all orders.
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

func (s orders) delete(c *gin.Context) error {
	id := web.Parameters[byID](c).ID
	deleted := s.db.WithContext(c.Request.Context()).Delete(&Order{}, "id = ?", id)
	switch {
	case deleted.Error != nil:
		return fmt.Errorf("delete order %s: %w", id, deleted.Error)
	case deleted.RowsAffected == 0:
		return unknown(id)
	}
	web.Done(c)
	return nil
}

// missing reports whether a peer answered that it has no such thing.
func missing(err error) bool {
	var known *problem.Error
	return errors.As(err, &known) && known.Status == http.StatusNotFound
}
