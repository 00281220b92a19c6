package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/internal/web"
)

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
		Status: http.StatusCreated, Answer: Client{}, Headers: web.Location{},
		Problems: map[int]string{http.StatusConflict: "There is a client with this tax code already."},
	})
	api.GET("/clients/:taxCode", s.read, web.Operation{
		ID: "readClient", Summary: "Read a client.",
		Parameters: byTaxCode{},
		Status:     http.StatusOK, Answer: Client{},
		Problems: notFound,
	})
	api.PUT("/clients/:taxCode", s.update, web.Operation{
		ID: "updateClient", Summary: "Change a client's names.",
		Parameters: byTaxCode{}, Body: names{},
		Status: http.StatusOK, Answer: Client{},
		Problems: notFound,
	})
	api.DELETE("/clients/:taxCode", s.delete, web.Operation{
		ID: "deleteClient", Summary: "Delete a client and its orders.",
		Parameters: byTaxCode{},
		Status:     http.StatusNoContent,
		Problems:   notFound,
	})
}
