package service

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// create checks with clients that the client exists, then stores the order. A key that was used before gets the recorded
// answer, even while clients is unavailable.
func (s orders) create(ctx context.Context, request creation, body newOrder) (none web.Created[Order], err error) {
	db := s.db.WithContext(ctx)
	if earlier, err := recall(db, request.IdempotencyKey, body); err != nil {
		return none, err
	} else if earlier != nil {
		return created(*earlier), nil
	}
	client, err := s.client(ctx, body.ClientTaxCode)
	if missing(err) {
		return none, noSuchClient()
	} else if err != nil {
		return none, err
	}
	order, err := s.orderOf(body.ClientTaxCode, client.CreatedAt)
	if err != nil {
		return none, err
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		earlier, err := remember(tx, request.IdempotencyKey, body, order)
		if err != nil {
			return err
		}
		if earlier != nil {
			order = *earlier
			return nil
		}
		if err := refuseIfDeleted(tx, order); err != nil {
			return err
		}
		return tx.Create(&order).Error
	})
	if err != nil {
		return none, fmt.Errorf("create order: %w", err)
	}
	return created(order), nil
}

// orderOf returns a new order with all columns set, because its JSON is recorded before the order is stored. UUIDs of
// version 7 grow with time, which keeps the primary key's index small.
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

func created(order Order) web.Created[Order] {
	return web.Created[Order]{Location: "/orders/" + order.ID.String(), Data: order}
}
