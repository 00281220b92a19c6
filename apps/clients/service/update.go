package service

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

// update changes a client's names. The condition is part of the SQL statement: of two callers that read the same
// revision, one changes it and the other gets a 409.
func (s clients) update(ctx context.Context, request updating, body names) (Client, error) {
	var client Client
	query := s.db.WithContext(ctx).Model(&client).Clauses(returned).Where("tax_code = ?", request.TaxCode)
	if request.IfMatch != nil && !request.IfMatch.Any {
		query = query.Where("revision IN ?", request.IfMatch.Revisions())
	}
	updated := query.Updates(Client{FirstName: body.FirstName, LastName: body.LastName, Revision: uuid.New()})
	switch {
	case updated.Error != nil:
		return client, fmt.Errorf("update client: %w", updated.Error)
	case updated.RowsAffected == 0:
		return client, s.notUpdated(ctx, request.TaxCode)
	}
	return client, nil
}

// notUpdated returns why no row was updated: the client does not exist, or its revision is not the caller's.
func (s clients) notUpdated(ctx context.Context, taxCode string) error {
	client, err := s.find(ctx, taxCode)
	if err != nil {
		return err
	}
	return web.Stale(client, problem.New(http.StatusConflict,
		"The client changed since it was read. Read it again, and send the change with the new ETag in If-Match."))
}
