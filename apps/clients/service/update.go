package service

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// update changes a client's names. The condition is a part of the statement: of two callers that read the same revision
// one changes it, and the other is told.
func (s clients) update(c *gin.Context) error {
	wanted := web.Parameters[updating](c)
	body := web.Body[names](c)
	var client Client
	query := s.db.WithContext(c.Request.Context()).Model(&client).Clauses(returned).Where("tax_code = ?", wanted.TaxCode)
	if wanted.IfMatch != nil && !wanted.IfMatch.Any {
		query = query.Where("revision IN ?", wanted.IfMatch.Revisions())
	}
	updated := query.Updates(Client{FirstName: body.FirstName, LastName: body.LastName, Revision: uuid.New()})
	switch {
	case updated.Error != nil:
		return fmt.Errorf("update client: %w", updated.Error)
	case updated.RowsAffected == 0:
		return s.notUpdated(c, wanted.TaxCode)
	}
	web.Tag(c, client.Revision)
	web.OK(c, client)
	return nil
}

// notUpdated says why: the client is not there, or has another revision than the caller knows.
func (s clients) notUpdated(c *gin.Context, taxCode string) error {
	client, err := s.find(c.Request.Context(), taxCode)
	if err != nil {
		return err
	}
	web.Tag(c, client.Revision)
	return problem.New(http.StatusConflict,
		"The client changed since it was read. Read it again, and send the change with the new ETag in If-Match.")
}
