package service

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// Product is something that can be ordered.
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

// byCode is what the path of one product holds.
type byCode struct {
	Code uuid.UUID `path:"code" binding:"required,uuid" description:"The product's code."`
}

type products struct {
	db *gorm.DB
}

func (p products) list(c *gin.Context) error {
	page := web.Parameters[web.Page](c)
	found := []Product{}
	query := p.db.WithContext(c.Request.Context()).Order("created_at DESC, code DESC").Limit(page.Limit).Offset(page.Offset)
	if err := query.Find(&found).Error; err != nil {
		return fmt.Errorf("list products: %w", err)
	}
	web.OK(c, found)
	return nil
}

func (p products) create(c *gin.Context) error {
	body := web.Body[newProduct](c)
	code, err := codeOf(body)
	if err != nil {
		return fmt.Errorf("choose a code: %w", err)
	}
	product := Product{Code: code, Name: body.Name}
	err = p.db.WithContext(c.Request.Context()).Create(&product).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return problem.New(http.StatusConflict, "There is a product with the code %s already.", code)
	case err != nil:
		return fmt.Errorf("create product: %w", err)
	}
	web.Created(c, "/products/"+code.String(), product)
	return nil
}

// codeOf returns the caller's code, or a new one. Version 7 grows with time, which keeps the primary key's index small.
func codeOf(body newProduct) (uuid.UUID, error) {
	if body.Code == "" {
		return uuid.NewV7()
	}
	return uuid.Parse(body.Code)
}

func (p products) read(c *gin.Context) error {
	code := web.Parameters[byCode](c).Code
	var product Product
	err := p.db.WithContext(c.Request.Context()).Take(&product, "code = ?", code).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return unknown(code)
	case err != nil:
		return fmt.Errorf("read product %s: %w", code, err)
	}
	web.OK(c, product)
	return nil
}

func (p products) delete(c *gin.Context) error {
	code := web.Parameters[byCode](c).Code
	deleted := p.db.WithContext(c.Request.Context()).Delete(&Product{}, "code = ?", code)
	switch {
	case deleted.Error != nil:
		return fmt.Errorf("delete product %s: %w", code, deleted.Error)
	case deleted.RowsAffected == 0:
		return unknown(code)
	}
	web.Done(c)
	return nil
}

func unknown(code uuid.UUID) error {
	return problem.New(http.StatusNotFound, "There is no product with the code %s.", code)
}
