package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// Product is an article that clients can order.
type Product struct {
	Code      uuid.UUID `gorm:"primaryKey" json:"code"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// newProduct is the body of a POST. A caller may choose the code, so that it can repeat a request safely.
type newProduct struct {
	Code string `json:"code" binding:"omitempty,uuid"`
	Name string `json:"name" binding:"required,text,max=200"`
}

// byCode is the path of one product.
type byCode struct {
	Code uuid.UUID `path:"code" binding:"required,uuid" description:"The product's code."`
}

type products struct {
	db *gorm.DB
}

func (p products) list(ctx context.Context, page web.Page) ([]Product, error) {
	found := []Product{}
	query := p.db.WithContext(ctx).Order("created_at DESC, code DESC").Limit(page.Limit).Offset(page.Offset)
	if err := query.Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return found, nil
}

func (p products) create(ctx context.Context, _ web.None, body newProduct) (created web.Created[Product], err error) {
	code, err := codeOf(body)
	if err != nil {
		return created, fmt.Errorf("choose a code: %w", err)
	}
	product := Product{Code: code, Name: body.Name}
	err = p.db.WithContext(ctx).Create(&product).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return created, problem.New(http.StatusConflict, "There is a product with the code %s already.", code)
	case err != nil:
		return created, fmt.Errorf("create product: %w", err)
	}
	return web.Created[Product]{Location: "/products/" + code.String(), Data: product}, nil
}

// codeOf returns the caller's code or a new one. UUIDs of version 7 grow with time, which keeps the primary key's index
// small.
func codeOf(body newProduct) (uuid.UUID, error) {
	if body.Code == "" {
		return uuid.NewV7()
	}
	return uuid.Parse(body.Code)
}

func (p products) read(ctx context.Context, request byCode) (Product, error) {
	var product Product
	err := p.db.WithContext(ctx).Take(&product, "code = ?", request.Code).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return product, unknown(request.Code)
	case err != nil:
		return product, fmt.Errorf("read product %s: %w", request.Code, err)
	}
	return product, nil
}

func (p products) delete(ctx context.Context, request byCode) (none web.None, err error) {
	deleted := p.db.WithContext(ctx).Delete(&Product{}, "code = ?", request.Code)
	switch {
	case deleted.Error != nil:
		return none, fmt.Errorf("delete product %s: %w", request.Code, deleted.Error)
	case deleted.RowsAffected == 0:
		return none, unknown(request.Code)
	}
	return none, nil
}

func unknown(code uuid.UUID) error {
	return problem.New(http.StatusNotFound, "There is no product with the code %s.", code)
}
