package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

type clients struct {
	db     *gorm.DB
	orders *peer.Client
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
	client := Client{TaxCode: body.TaxCode, FirstName: body.FirstName, LastName: body.LastName}
	err := s.db.WithContext(c.Request.Context()).Create(&client).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return problem.New(http.StatusConflict, "There is a client with the tax code %s already.", client.TaxCode)
	case err != nil:
		return fmt.Errorf("create client: %w", err)
	}
	web.Created(c, "/clients/"+client.TaxCode, client)
	return nil
}

func (s clients) read(c *gin.Context) error {
	taxCode := web.Parameters[byTaxCode](c).TaxCode
	client, err := s.find(c.Request.Context(), taxCode)
	if err != nil {
		return err
	}
	web.OK(c, client)
	return nil
}

func (s clients) find(ctx context.Context, taxCode string) (Client, error) {
	var client Client
	err := s.db.WithContext(ctx).Take(&client, "tax_code = ?", taxCode).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return client, unknown(taxCode)
	case err != nil:
		return client, fmt.Errorf("read client %s: %w", taxCode, err)
	}
	return client, nil
}

func (s clients) update(c *gin.Context) error {
	taxCode := web.Parameters[byTaxCode](c).TaxCode
	body := web.Body[names](c)
	var client Client
	updated := s.db.WithContext(c.Request.Context()).Model(&client).Clauses(clause.Returning{}).
		Where("tax_code = ?", taxCode).Updates(Client{FirstName: body.FirstName, LastName: body.LastName})
	switch {
	case updated.Error != nil:
		return fmt.Errorf("update client %s: %w", taxCode, updated.Error)
	case updated.RowsAffected == 0:
		return unknown(taxCode)
	}
	web.OK(c, client)
	return nil
}
