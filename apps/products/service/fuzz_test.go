package service_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/products/service"
)

// FuzzProductBody checks that a body is refused with a problem, or creates a product that is read as it was sent and can be
// created again.
func FuzzProductBody(f *testing.F) {
	app, err := service.New(databasetest.Open(f, service.Migrations()))
	if err != nil {
		f.Fatal(err)
	}
	products := apitest.Fuzz(f, app.Handler)
	f.Fuzz(func(t *testing.T, body string) {
		all := url.URL{Path: "/products"}
		created := products.Do(t, "POST", all, body)
		if created.Status != 201 {
			return
		}
		one := url.URL{Path: created.Header.Get("Location")}
		products.Do(t, "GET", one, "").Want(t, 200, created.Text)
		products.Do(t, "DELETE", one, "").Want(t, 204, "")
		code, name := created.Data(t, "code"), created.Data(t, "name")
		again, err := json.Marshal(map[string]string{"code": code, "name": name})
		if err != nil {
			t.Fatal(err)
		}
		repeated := products.Do(t, "POST", all, string(again))
		if repeated.Data(t, "code") != code || repeated.Data(t, "name") != name {
			t.Errorf("%s was sent again, and made %s", again, repeated.Text)
		}
		products.Do(t, "DELETE", one, "").Want(t, 204, "")
	})
}
