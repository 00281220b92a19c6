package service_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/orders/service"
)

const (
	noProduct = "00000000-0000-4000-8000-000000000404"
	nonsense  = "00000000-0000-4000-8000-000000000502"
)

// somebody is a peer that has every client and product, except for ids that end with the status to return.
func somebody(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "404"):
		problem.Write(w, r, problem.New(http.StatusNotFound, "There is none."))
	case strings.HasSuffix(r.URL.Path, "502"):
		_, _ = w.Write([]byte("nonsense"))
	default:
		everybody(w, r)
	}
}

// Every test validates its answers against the document. This one checks that all documented answers occur.
func TestOrdersGivesAllDocumentedAnswers(t *testing.T) {
	peer := apitest.Serve(t, http.HandlerFunc(somebody))
	db := databasetest.Open(t, service.Migrations())
	app, err := service.New(db, peer.URL, peer.URL)
	if err != nil {
		t.Fatal(err)
	}
	orders := apitest.Serve(t, app.Handler)
	orders.WantAllMethodsDocumented(t)
	orders.WantAllRefusals(t, map[string]string{"id": unknown, "code": unknown})
	path, full := "/orders/"+order(t, orders, "ADA"), order(t, orders, "ADA")
	fill(t, db, full, 100)
	for _, step := range []struct {
		method, target, body string
		status               int
	}{
		{"POST", "/orders", `{"clientTaxCode":"NOBODY404"}`, 422},
		{"POST", "/orders", `{"clientTaxCode":"NONSENSE502"}`, 502},
		{"GET", "/orders", "", 200},
		{"PUT", path + "/products/" + unknown, "", 204},
		{"PUT", "/orders/" + full + "/products/" + unknown, "", 409},
		{"PUT", path + "/products/" + noProduct, "", 404},
		{"PUT", path + "/products/" + nonsense, "", 502},
		{"GET", path, "", 200},
		{"DELETE", path + "/products/" + unknown, "", 204},
		{"DELETE", path + "/products/" + unknown, "", 404},
		{"DELETE", path, "", 204},
		{"DELETE", path, "", 404},
		{"GET", path, "", 404},
		{"DELETE", "/orders?clientTaxCode=ADA", "", 204},
		{"DELETE", "/orders?clientTaxCode=ADA&clientCreatedAt=2026-01-02T03:04:05.678901Z", "", 204},
	} {
		if got := orders.Do(t, step.method, step.target, step.body); got.Status != step.status {
			t.Fatalf("%s %s answers %d %s, want %d", step.method, step.target, got.Status, got.Text, step.status)
		}
	}
	orders.WantAllAnswersSeen(t)
}
