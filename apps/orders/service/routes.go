package service

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/web"
)

// byID is the path of one order.
type byID struct {
	ID uuid.UUID `path:"id" binding:"required,uuid" description:"The order's id."`
}

// byLine is the path of one product of an order.
type byLine struct {
	byID
	Code uuid.UUID `path:"code" binding:"required,uuid" description:"The product's code."`
}

// listing holds the parameters of listOrders.
type listing struct {
	ClientTaxCode string `query:"clientTaxCode" binding:"taxcode" description:"Only the orders of the client with this tax code."`
	web.Page
}

// ofClient holds the parameters of deleteOrdersOfClient.
type ofClient struct {
	ClientTaxCode string `query:"clientTaxCode" binding:"required,taxcode" description:"The tax code of the client whose orders are deleted."`
	// ClientCreatedAt is nil to delete the orders of every client that had the tax code.
	ClientCreatedAt *time.Time `query:"clientCreatedAt" binding:"time" description:"The time when that client was created. Orders of another client with the same tax code stay. For a day, new orders of the client are refused."`
}

// creation holds the parameters of createOrder.
type creation struct {
	IdempotencyKey string `header:"Idempotency-Key" binding:"key" description:"A key that the caller chooses. The same request with the same key creates only one order, however often it is sent within 24 hours."`
}

const invalidAnswer = "Another service sent an invalid answer."

// route declares the routes of the service.
func (s orders) route(api *web.API) {
	notFound := map[int]string{http.StatusNotFound: "There is no order with this id."}
	web.Handle(api, "GET /orders", s.list, web.Operation{
		ID: "listOrders", Summary: "List the orders, newest first.",
	})
	web.HandleBody(api, "POST /orders", s.create, web.Operation{
		ID: "createOrder", Summary: "Create an order of a client.",
		Problems: map[int]string{http.StatusBadGateway: invalidAnswer},
	})
	web.Handle(api, "DELETE /orders", s.deleteOfClient, web.Operation{
		ID: "deleteOrdersOfClient", Summary: "Delete the orders of a client. This succeeds if there are none.",
	})
	web.Handle(api, "GET /orders/:id", s.read, web.Operation{
		ID: "readOrder", Summary: "Read an order with its client and products. The answer lists the parts that could not be read.",
		Problems: notFound,
	})
	web.Handle(api, "DELETE /orders/:id", s.delete, web.Operation{
		ID: "deleteOrder", Summary: "Delete an order.", Problems: notFound,
	})
	web.Handle(api, "PUT /orders/:id/products/:code", s.attach, web.Operation{
		ID: "attachProduct", Summary: "Add a product to an order. Adding it again changes nothing. An order has at most 100 products.",
		Problems: map[int]string{
			http.StatusNotFound:   "There is no such order, or no such product.",
			http.StatusConflict:   "The order has the maximum number of products.",
			http.StatusBadGateway: invalidAnswer,
		},
	})
	web.Handle(api, "DELETE /orders/:id/products/:code", s.detach, web.Operation{
		ID: "detachProduct", Summary: "Remove a product from an order.",
		Problems: map[int]string{http.StatusNotFound: "There is no such order, or it does not have this product."},
	})
}
