package service

import (
	"fmt"
	"net/url"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/web"
)

// delete removes a client's orders first, and the client only when orders has said that they are gone: while orders is
// away nothing changes, the answer is 503, and the same request may be sent again.
func (s clients) delete(c *gin.Context) error {
	taxCode := web.Parameters[byTaxCode](c).TaxCode
	ctx := c.Request.Context()
	if _, err := s.find(ctx, taxCode); err != nil {
		return err
	}
	if err := s.orders.Delete(ctx, "/orders", url.Values{"clientTaxCode": {taxCode}}); err != nil {
		return err
	}
	deleted := s.db.WithContext(ctx).Delete(&Client{}, "tax_code = ?", taxCode)
	switch {
	case deleted.Error != nil:
		return fmt.Errorf("delete client %s: %w", taxCode, deleted.Error)
	case deleted.RowsAffected == 0:
		return unknown(taxCode)
	}
	web.Done(c)
	return nil
}
