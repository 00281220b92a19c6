package service_test

import (
	"fmt"
	"net/http"
	"path"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/orders/service"
)

const clientCreatedAt = "2026-01-02T03:04:05.678901Z"

// everybody is a peer that has every client and every product.
func everybody(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	_, _ = fmt.Fprintf(w, `{"data":{"taxCode":%q,"code":%q,"createdAt":%q}}`, name, name, clientCreatedAt)
}

func TestAnAnswerAboutAnotherClientStoresNothing(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":        `{}`,
		"another client": `{"taxCode":"ALAN","createdAt":"` + clientCreatedAt + `"}`,
		"no time":        `{"taxCode":"ADA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			confused := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"data":` + data + `}`))
			}))
			app, err := service.New(databasetest.Open(t, service.Migrations()), confused.URL, confused.URL)
			if err != nil {
				t.Fatal(err)
			}
			orders := apitest.Serve(t, app.Handler)
			orders.Do(t, "POST", "/orders", `{"clientTaxCode":"ADA"}`).
				WantProblem(t, 502, "/orders", "clients sent an invalid answer. It has been logged.")
			orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[]}`)
		})
	}
}
