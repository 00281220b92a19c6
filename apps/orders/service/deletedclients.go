package service

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/web"
)

// deletedClient records a client whose orders were deleted, so that an order being created concurrently is refused.
type deletedClient struct {
	TaxCode   string    `gorm:"primaryKey"`
	CreatedAt time.Time `gorm:"primaryKey"`
}

// Creating an order of a client excludes deleting all of the client's orders, by an advisory lock on the tax code. So a
// new order is either stored before the deletion, which deletes it, or checked after it, and refused. The first number
// separates these locks from others in the database. Two tax codes may share a hash, which is slower but correct.
const (
	lockToCreate = "SELECT pg_advisory_xact_lock_shared(1, hashtext(?))"
	lockToDelete = "SELECT pg_advisory_xact_lock(1, hashtext(?))"
)

// refuseIfDeleted takes the lock to create an order of the client, until the transaction ends. It returns a 422 if the
// client was deleted after the clients service returned it.
func refuseIfDeleted(tx *gorm.DB, order Order) error {
	if err := tx.Exec(lockToCreate, order.ClientTaxCode).Error; err != nil {
		return fmt.Errorf("lock out deletions: %w", err)
	}
	var found int64
	err := tx.Model(&deletedClient{}).Where("tax_code = ? AND created_at = ?", order.ClientTaxCode, order.ClientCreatedAt).
		Count(&found).Error
	if err == nil && found > 0 {
		return noSuchClient()
	}
	return err
}

// deleteOfClient deletes all orders of one client. It succeeds if there are none, so that clients can repeat the call. A
// late call may find that the tax code belongs to another client: it keeps the orders of clients created at another time.
//
// A call with clientCreatedAt also declares the client deleted: orders accepts no order of it for a day, without asking
// the clients service. So only the clients service may make this call.
func (s orders) deleteOfClient(ctx context.Context, request ofClient) (none web.None, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec(lockToDelete, request.ClientTaxCode).Error; err != nil {
			return fmt.Errorf("lock out new orders: %w", err)
		}
		if request.ClientCreatedAt == nil {
			return tx.Delete(&Order{}, "client_tax_code = ?", request.ClientTaxCode).Error
		}
		deleted := deletedClient{TaxCode: request.ClientTaxCode, CreatedAt: *request.ClientCreatedAt}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&deleted).Error; err != nil {
			return err
		}
		return tx.Delete(&Order{}, "client_tax_code = ? AND (client_created_at = ? OR client_created_at IS NULL)",
			deleted.TaxCode, deleted.CreatedAt).Error
	})
	if err != nil {
		return none, fmt.Errorf("delete the orders of a client: %w", err)
	}
	return none, nil
}
