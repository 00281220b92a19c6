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
		added := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&line)
		if added.Error != nil || added.RowsAffected == 0 {
			return added.Error
		}
		return touch(tx, line.OrderID)
	})
	switch {
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return unknown(line.OrderID)
	case err != nil:
		return fmt.Errorf("attach product %s to order %s: %w", line.Code, line.OrderID, err)
	}
	web.Done(c)
	return nil
}

func (s orders) detach(c *gin.Context) error {
	line := lineOf(c)
	err := s.db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
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

// touch moves the order's updatedAt: its products are a part of it.
func touch(tx *gorm.DB, id uuid.UUID) error {
	return tx.Model(&Order{ID: id}).Update("updated_at", tx.NowFunc()).Error
}

func lineOf(c *gin.Context) Line {
	path := web.Parameters[byLine](c)
	return Line{OrderID: path.ID, Code: path.Code}
}
