package service

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/outbox"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/web"
)

// deletion is the message to orders about a deleted client. CreatedAt identifies the client among those that had the
// tax code, which may be used again.
type deletion struct {
	TaxCode   string    `json:"taxCode"`
	CreatedAt time.Time `json:"createdAt"`
}

// delete removes a client. In the same transaction it adds a message to the outbox, so that its orders are deleted even
// if the orders service is unavailable at the moment.
func (s clients) delete(ctx context.Context, request byTaxCode) (none web.None, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var client Client
		deleted := tx.Clauses(returned).Delete(&client, "tax_code = ?", request.TaxCode)
		if deleted.Error != nil {
			return deleted.Error
		}
		if deleted.RowsAffected == 0 {
			return unknown(request.TaxCode)
		}
		return s.deletions.Add(tx, deletion{TaxCode: client.TaxCode, CreatedAt: client.CreatedAt})
	})
	if err != nil {
		return none, fmt.Errorf("delete a client: %w", err)
	}
	s.deletions.Wake()
	return none, nil
}

// deliveryTimeout limits one call to orders. The call deletes all orders of the client, and rolls back if it is
// interrupted. It is shorter than the outbox's timeout, so that the error is that of the call.
const deliveryTimeout = outbox.DeliveryTimeout - time.Second

// deliverer sends deletions to orders.
type deliverer struct {
	orders *peer.Client
}

func (d deliverer) deliver(ctx context.Context, client deletion) error {
	return d.orders.Delete(ctx, "/orders", url.Values{
		"clientTaxCode":   {client.TaxCode},
		"clientCreatedAt": {client.CreatedAt.UTC().Format(time.RFC3339Nano)},
	})
}
