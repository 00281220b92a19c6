package service

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/outbox"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/web"
)

// deletion is what orders has to be told of a client that was deleted. A tax code may be used again: CreatedAt says
// which of the clients that had it was deleted.
type deletion struct {
	TaxCode   string    `json:"taxCode"`
	CreatedAt time.Time `json:"createdAt"`
}

// delete removes a client, and in the same transaction notes that its orders have to go. Orders may be away: they go
// when it is back.
func (s clients) delete(c *gin.Context) error {
	taxCode := web.Parameters[byTaxCode](c).TaxCode
	err := s.db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
		var client Client
		deleted := tx.Clauses(returned).Delete(&client, "tax_code = ?", taxCode)
		if deleted.Error != nil {
			return deleted.Error
		}
		if deleted.RowsAffected == 0 {
			return unknown(taxCode)
		}
		return s.deletions.Add(tx, deletion{TaxCode: client.TaxCode, CreatedAt: client.CreatedAt})
	})
	if err != nil {
		return fmt.Errorf("delete a client: %w", err)
	}
	s.deletions.Wake()
	web.Done(c)
	return nil
}

// deliveryTimeout is for one call to orders, which deletes as many orders as the client has and rolls back when the call
// is broken off. It is below what the outbox gives a delivery, so that the failure is the call's.
const deliveryTimeout = outbox.DeliveryTimeout - time.Second

// deliverer tells orders.
type deliverer struct {
	orders *peer.Client
}

func (d deliverer) deliver(ctx context.Context, client deletion) error {
	return d.orders.Delete(ctx, "/orders", url.Values{
		"clientTaxCode":   {client.TaxCode},
		"clientCreatedAt": {client.CreatedAt.UTC().Format(time.RFC3339Nano)},
	})
}
