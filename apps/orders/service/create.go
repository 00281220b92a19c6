package service

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// create checks that clients knows the client before it stores the order. A key that was used already has its answer,
// whether or not clients can be asked.
func (s orders) create(c *gin.Context) error {
	ctx := c.Request.Context()
	body, key := web.Body[newOrder](c), web.Parameters[creation](c).IdempotencyKey
	answer, err := recall(s.db.WithContext(ctx), key, body)
	if err != nil {
		return err
	}
	if answer != nil {
		answer.send(c)
		return nil
	}
	client, err := s.client(ctx, body.ClientTaxCode)
	if missing(err) {
		return noSuchClient()
	} else if err != nil {
		return err
	}
	order, err := s.orderOf(body.ClientTaxCode, client.CreatedAt)
	if err != nil {
		return err
	}
	if answer, err = answerTo(key, body, order); err != nil {
		return err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if first, err := remember(tx, answer); err != nil || !first {
			return err
		}
		if err := refuseIfDeleted(tx, order); err != nil {
			return err
		}
		return tx.Create(&order).Error
	})
	if err != nil {
		return fmt.Errorf("create order: %w", err)
	}
	answer.send(c)
	return nil
}

// orderOf is a new order, complete: the answer is written before the order is stored. An id of version 7 grows with
// time, which keeps the primary key's index small.
func (s orders) orderOf(taxCode string, clientCreatedAt time.Time) (Order, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Order{}, fmt.Errorf("choose an id: %w", err)
	}
	now := s.db.NowFunc()
	return Order{
		ID: id, ClientTaxCode: taxCode, ClientCreatedAt: &clientCreatedAt, Products: []Line{},
		CreatedAt: now, UpdatedAt: now,
	}, nil
}

func noSuchClient() error {
	return problem.Invalid(problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."})
}

// send answers with the order as it was when it was created.
func (a *answer) send(c *gin.Context) {
	web.Created(c, "/orders/"+a.OrderID.String(), json.RawMessage(a.Answer))
}
