package service

import (
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/web"
)

// deletedClient is a client whose orders were deleted, for orders of it that are on their way.
type deletedClient struct {
	TaxCode   string    `gorm:"primaryKey"`
	CreatedAt time.Time `gorm:"primaryKey"`
}

// To create an order of a client and to delete all of them take turns, by a lock on the tax code: an order is there
// when its client's orders are deleted, and goes with them, or it comes afterwards, and is refused. The first number
// keeps these locks apart from others of the same database. It may happen that two tax codes share a lock, which is slow
// and not wrong.
const (
	lockToCreate = "SELECT pg_advisory_xact_lock_shared(1, hashtext(?))"
	lockToDelete = "SELECT pg_advisory_xact_lock(1, hashtext(?))"
)

// refuseIfDeleted holds the lock to create an order of the client until the transaction ends. It returns a 422 if the
// client was deleted since clients was asked about it.
func refuseIfDeleted(tx *gorm.DB, order Order) error {
	if err := tx.Exec(lockToCreate, order.ClientTaxCode).Error; err != nil {
		return fmt.Errorf("take turns with deletions: %w", err)
	}
	var found int64
	err := tx.Model(&deletedClient{}).Where("tax_code = ? AND created_at = ?", order.ClientTaxCode, order.ClientCreatedAt).
		Count(&found).Error
	if err == nil && found > 0 {
		return noSuchClient()
	}
	return err
}

// deleteOfClient deletes all orders of one client. To have none is fine: clients may repeat the call. It may come late,
// when the tax code belongs to another client: orders of a client that was created at another time stay.
//
// Whoever says when the client was created says that this client is gone, and is believed: no further order of it is
// accepted for a day, whether clients still has it or not. So the call is for clients alone.
func (s orders) deleteOfClient(c *gin.Context) error {
	wanted := web.Parameters[ofClient](c)
	err := s.db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec(lockToDelete, wanted.ClientTaxCode).Error; err != nil {
			return fmt.Errorf("take turns with new orders: %w", err)
		}
		if wanted.ClientCreatedAt == nil {
			return tx.Delete(&Order{}, "client_tax_code = ?", wanted.ClientTaxCode).Error
		}
		gone := deletedClient{TaxCode: wanted.ClientTaxCode, CreatedAt: *wanted.ClientCreatedAt}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&gone).Error; err != nil {
			return err
		}
		return tx.Delete(&Order{}, "client_tax_code = ? AND (client_created_at = ? OR client_created_at IS NULL)",
			gone.TaxCode, gone.CreatedAt).Error
	})
	if err != nil {
		return fmt.Errorf("delete the orders of a client: %w", err)
	}
	web.Done(c)
	return nil
}
