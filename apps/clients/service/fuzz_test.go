package service_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// FuzzClientBody checks that a body is refused with a problem, or creates a client that is read as it was sent and can be
// created again.
func FuzzClientBody(f *testing.F) {
	app, err := service.New(databasetest.Open(f, service.Migrations()), "http://orders.invalid")
	if err != nil {
		f.Fatal(err)
	}
	clients := apitest.Fuzz(f, app.Handler)
	f.Fuzz(func(t *testing.T, body string) {
		all := url.URL{Path: "/clients"}
		created := clients.Do(t, "POST", all, body)
		if created.Status != 201 {
			return
		}
		one := url.URL{Path: created.Header.Get("Location")}
		clients.Do(t, "GET", one, "").Want(t, 200, created.Text)
		clients.Do(t, "DELETE", one, "").Want(t, 204, "")
		sent := map[string]string{
			"taxCode": created.Data(t, "taxCode"), "firstName": created.Data(t, "firstName"), "lastName": created.Data(t, "lastName"),
		}
		again, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		repeated := clients.Do(t, "POST", all, string(again))
		for member, value := range sent {
			if got := repeated.Data(t, member); got != value {
				t.Errorf("%s was %q, and %q when it was sent again", member, value, got)
			}
		}
		clients.Do(t, "DELETE", one, "").Want(t, 204, "")
	})
}
