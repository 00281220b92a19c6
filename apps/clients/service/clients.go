package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/outbox"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

type clients struct {
	db        *gorm.DB
	deletions *outbox.Outbox[deletion]
}

func (s clients) list(c *gin.Context) error {
	page := web.Parameters[web.Page](c)
	found := []Client{}
	query := s.db.WithContext(c.Request.Context()).Order("created_at DESC, tax_code DESC").Limit(page.Limit).Offset(page.Offset)
	if err := query.Find(&found).Error; err != nil {
		return fmt.Errorf("list clients: %w", err)
	}
	web.OK(c, found)
	return nil
}

func (s clients) create(c *gin.Context) error {
	body := web.Body[newClient](c)
	client := Client{TaxCode: body.TaxCode, FirstName: body.FirstName, LastName: body.LastName, Revision: uuid.New()}
	err := s.db.WithContext(c.Request.Context()).Create(&client).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return problem.New(http.StatusConflict, "There is a client with the tax code %s already.", client.TaxCode)
	case err != nil:
		return fmt.Errorf("create client: %w", err)
	}
	web.Tag(c, client.Revision)
	web.Created(c, "/clients/"+client.TaxCode, client)
	return nil
}

func (s clients) read(c *gin.Context) error {
	wanted := web.Parameters[reading](c)
	client, err := s.find(c.Request.Context(), wanted.TaxCode)
	if err != nil {
		return err
	}
	web.OKIfChanged(c, wanted.IfChanged, client.Revision, client)
	return nil
}

func (s clients) find(ctx context.Context, taxCode string) (Client, error) {
	var client Client
	err := s.db.WithContext(ctx).Take(&client, "tax_code = ?", taxCode).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return client, unknown(taxCode)
	case err != nil:
		return client, fmt.Errorf("read client: %w", err)
	}
	return client, nil
}
