package service

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Order is an order of a client. Products are in the order in which they were attached.
type Order struct {
	ID            uuid.UUID `gorm:"primaryKey" json:"id"`
	ClientTaxCode string    `json:"clientTaxCode"`
	// ClientCreatedAt distinguishes clients that had the same tax code. It is nil in orders from before this column.
	ClientCreatedAt *time.Time `json:"-"`
	Products        []Line     `json:"products"`
	CreatedAt       time.Time  `json:"createdAt"`
	UpdatedAt       time.Time  `json:"updatedAt"`
}

// Line is one product of an order. The product itself belongs to the products service.
type Line struct {
	OrderID   uuid.UUID `gorm:"primaryKey" json:"-"`
	Code      uuid.UUID `gorm:"primaryKey" json:"code"`
	CreatedAt time.Time `json:"-"`
}

// TableName returns the table for gorm.
func (Line) TableName() string { return "order_products" }

// newOrder is the body of a POST.
type newOrder struct {
	ClientTaxCode string `json:"clientTaxCode" binding:"required,taxcode"`
}

func unknown(id uuid.UUID) error {
	return problem.New(http.StatusNotFound, "There is no order with the id %s.", id)
}
