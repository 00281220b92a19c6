package service

import (
	"fmt"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// create checks that clients knows the client before it stores the order.
func (s orders) create(c *gin.Context) error {
	body := web.Body[newOrder](c)
	ctx := c.Request.Context()
	if _, err := s.client(ctx, body.ClientTaxCode); missing(err) {
		return problem.Invalid(problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."})
	} else if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("choose an id: %w", err)
	}
	order := Order{ID: id, ClientTaxCode: body.ClientTaxCode, Products: []Line{}}
	if err := s.db.WithContext(ctx).Create(&order).Error; err != nil {
		return fmt.Errorf("create order: %w", err)
	}
	web.Created(c, "/orders/"+id.String(), order)
	return nil
}
