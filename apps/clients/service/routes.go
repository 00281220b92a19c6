package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/internal/web"
)

// byTaxCode is the path of one client.
type byTaxCode struct {
	TaxCode string `path:"taxCode" binding:"required,taxcode" description:"The client's tax code."`
}

// reading holds the parameters of readClient.
type reading struct {
	byTaxCode
	web.IfChanged
}

// updating holds the parameters of updateClient.
type updating struct {
	byTaxCode
	web.IfUnchanged
}

// route declares the routes of the service.
func (s clients) route(api *web.API) {
	notFound := map[int]string{http.StatusNotFound: "There is no client with this tax code."}
	web.Handle(api, "GET /clients", s.list, web.Operation{
		ID: "listClients", Summary: "List the clients, newest first.",
	})
	web.HandleBody(api, "POST /clients", s.create, web.Operation{
		ID: "createClient", Summary: "Create a client.",
		Problems: map[int]string{http.StatusConflict: "There is a client with this tax code already."},
	})
	web.Handle(api, "GET /clients/:taxCode", s.read, web.Operation{
		ID: "readClient", Summary: "Read a client.", Problems: notFound,
	})
	web.HandleBody(api, "PUT /clients/:taxCode", s.update, web.Operation{
		ID: "updateClient", Summary: "Change a client's names.", Problems: notFound,
	})
	web.Handle(api, "DELETE /clients/:taxCode", s.delete, web.Operation{
		ID: "deleteClient", Summary: "Delete a client and its orders.", Problems: notFound,
	})
}
