package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// maxProducts limits the products of an order, because reading an order takes one call to products for each of them.
const maxProducts = 100

// attach adds a product that exists to an order. Adding it again changes nothing.
func (s orders) attach(ctx context.Context, request byLine) (none web.None, err error) {
	line := Line{OrderID: request.ID, Code: request.Code}
	if _, err := s.product(ctx, line.Code); missing(err) {
		return none, problem.New(http.StatusNotFound, "There is no product with the code %s.", line.Code)
	} else if err != nil {
		return none, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := lock(tx, line.OrderID); err != nil {
			return err
		}
		added := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&line)
		if added.Error != nil || added.RowsAffected == 0 {
			return added.Error
		}
		if err := refuseTooMany(tx, line.OrderID); err != nil {
			return err
		}
		return touch(tx, line.OrderID)
	})
	if err != nil {
		return none, fmt.Errorf("attach product %s to order %s: %w", line.Code, line.OrderID, err)
	}
	return none, nil
}

func (s orders) detach(ctx context.Context, request byLine) (none web.None, err error) {
	line := Line{OrderID: request.ID, Code: request.Code}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := lock(tx, line.OrderID); err != nil {
			return err
		}
		removed := tx.Delete(&line)
		if removed.Error != nil {
			return removed.Error
		}
		if removed.RowsAffected == 0 {
			return problem.New(http.StatusNotFound, "There is no order %s with the product %s.", line.OrderID, line.Code)
		}
		return touch(tx, line.OrderID)
	})
	if err != nil {
		return none, fmt.Errorf("detach product %s from order %s: %w", line.Code, line.OrderID, err)
	}
	return none, nil
}

// lock locks an order until the end of the transaction, so that changes to it run one after another. A deletion locks
// the order before its lines; the opposite order could deadlock.
func lock(tx *gorm.DB, id uuid.UUID) error {
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Select("id").Take(&Order{}, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return unknown(id)
	}
	return err
}

// refuseTooMany returns a 409 if a locked order has more than maxProducts products.
func refuseTooMany(tx *gorm.DB, id uuid.UUID) error {
	var products int64
	if err := tx.Model(&Line{}).Where("order_id = ?", id).Count(&products).Error; err != nil {
		return fmt.Errorf("count the products: %w", err)
	}
	if products > maxProducts {
		return problem.New(http.StatusConflict,
			"The order has %d products, which is the most that it may have. Create another order for more.", maxProducts)
	}
	return nil
}

// touch updates the order's updatedAt, because its products are part of it.
func touch(tx *gorm.DB, id uuid.UUID) error {
	return tx.Model(&Order{ID: id}).Update("updated_at", tx.NowFunc()).Error
}
