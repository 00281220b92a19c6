package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/internal/web"
)

// byTaxCode is what the path of one client holds.
type byTaxCode struct {
	TaxCode string `path:"taxCode" binding:"required,taxcode" description:"The client's tax code."`
}

// reading is what can be said of a client to read.
type reading struct {
	byTaxCode
	web.IfChanged
}

// updating is what can be said of a client to change.
type updating struct {
	byTaxCode
	web.IfUnchanged
}

// created are the headers of a client that is new.
type created struct {
	web.Location
	web.ETag
}

// route declares what the service answers.
func (s clients) route(api *web.API) {
	notFound := map[int]string{http.StatusNotFound: "There is no client with this tax code."}
	api.GET("/clients", s.list, web.Operation{
		ID: "listClients", Summary: "List the clients, newest first.",
		Parameters: web.Page{},
		Status:     http.StatusOK, Answer: []Client{},
	})
	api.POST("/clients", s.create, web.Operation{
		ID: "createClient", Summary: "Create a client.",
		Body:   newClient{},
		Status: http.StatusCreated, Answer: Client{}, Headers: created{},
		Problems: map[int]string{http.StatusConflict: "There is a client with this tax code already."},
	})
	api.GET("/clients/:taxCode", s.read, web.Operation{
		ID: "readClient", Summary: "Read a client.",
		Parameters: reading{},
		Status:     http.StatusOK, Answer: Client{}, Headers: web.ETag{},
		Problems: notFound,
	})
	api.PUT("/clients/:taxCode", s.update, web.Operation{
		ID: "updateClient", Summary: "Change a client's names.",
		Parameters: updating{}, Body: names{},
		Status: http.StatusOK, Answer: Client{}, Headers: web.ETag{},
		Problems: notFound,
	})
	api.DELETE("/clients/:taxCode", s.delete, web.Operation{
		ID: "deleteClient", Summary: "Delete a client and its orders.",
		Parameters: byTaxCode{},
		Status:     http.StatusNoContent,
		Problems:   notFound,
	})
}
