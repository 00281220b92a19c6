package service

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// maxProducts is how many products an order may have: to read an order is to ask products about each of them.
const maxProducts = 100

// attach checks that products knows the product, then adds it to the order. To add it twice changes nothing.
func (s orders) attach(c *gin.Context) error {
	line := lineOf(c)
	ctx := c.Request.Context()
	if _, err := s.product(ctx, line.Code); missing(err) {
		return problem.New(http.StatusNotFound, "There is no product with the code %s.", line.Code)
	} else if err != nil {
		return err
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
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
		return fmt.Errorf("attach product %s to order %s: %w", line.Code, line.OrderID, err)
	}
	web.Done(c)
	return nil
}

func (s orders) detach(c *gin.Context) error {
	line := lineOf(c)
	err := s.db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
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
		return fmt.Errorf("detach product %s from order %s: %w", line.Code, line.OrderID, err)
	}
	web.Done(c)
	return nil
}

// lock makes those who change an order take turns until the end of the transaction. Whoever deletes an order locks it
// first and its lines then: the other way round, two could wait for each other.
func lock(tx *gorm.DB, id uuid.UUID) error {
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Select("id").Take(&Order{}, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return unknown(id)
	}
	return err
}

// refuseTooMany counts the products of an order that is locked.
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

// touch moves the order's updatedAt: its products are a part of it.
func touch(tx *gorm.DB, id uuid.UUID) error {
	return tx.Model(&Order{ID: id}).Update("updated_at", tx.NowFunc()).Error
}

func lineOf(c *gin.Context) Line {
	path := web.Parameters[byLine](c)
	return Line{OrderID: path.ID, Code: path.Code}
}
