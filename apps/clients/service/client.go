package service

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Client is a customer.
type Client struct {
	TaxCode   string    `gorm:"primaryKey" json:"taxCode"`
	FirstName string    `json:"firstName"`
	LastName  string    `json:"lastName"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	// Revision changes with every update. The API sends it as the ETag.
	Revision uuid.UUID `json:"-"`
}

// Tag implements web.Tagged.
func (c Client) Tag() uuid.UUID { return c.Revision }

// returned lists the columns that UPDATE and DELETE return. See database.Prepare for why it is not *.
var returned = clause.Returning{Columns: []clause.Column{
	{Name: "tax_code"}, {Name: "first_name"}, {Name: "last_name"}, {Name: "created_at"}, {Name: "updated_at"}, {Name: "revision"},
}}

// names is the body of a PUT: the members that can change.
type names struct {
	FirstName string `json:"firstName" binding:"required,text,max=100"`
	LastName  string `json:"lastName" binding:"required,text,max=100"`
}

// newClient is the body of a POST.
type newClient struct {
	TaxCode string `json:"taxCode" binding:"required,taxcode"`
	names
}

func unknown(taxCode string) error {
	return problem.New(http.StatusNotFound, "There is no client with the tax code %s.", taxCode)
}
