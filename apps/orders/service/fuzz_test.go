package service_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/orders/service"
)

func serveFuzzed(f *testing.F) apitest.Fuzzed {
	f.Helper()
	peer := httptest.NewServer(http.HandlerFunc(everybody))
	f.Cleanup(peer.Close)
	app, err := service.New(databasetest.Open(f, service.Migrations()), peer.URL, peer.URL)
	if err != nil {
		f.Fatal(err)
	}
	return apitest.Fuzz(f, app.Handler)
}

// FuzzOrderBody checks that a body is refused with a problem, or creates an order that is read as it was returned and can be
// created again.
func FuzzOrderBody(f *testing.F) {
	orders := serveFuzzed(f)
	f.Fuzz(func(t *testing.T, body string) {
		all := url.URL{Path: "/orders"}
		created := orders.Do(t, "POST", all, body)
		if created.Status != 201 {
			return
		}
		taxCode := created.Data(t, "clientTaxCode")
		again, err := json.Marshal(map[string]string{"clientTaxCode": taxCode})
		if err != nil {
			t.Fatal(err)
		}
		repeated := orders.Do(t, "POST", all, string(again))
		if got := repeated.Data(t, "clientTaxCode"); got != taxCode {
			t.Errorf("%s was sent again, and made %s", again, repeated.Text)
		}
		for _, order := range []apitest.Answer{created, repeated} {
			one := url.URL{Path: order.Header.Get("Location")}
			if got := orders.Do(t, "GET", one, "").Data(t, "clientTaxCode"); got != taxCode {
				t.Errorf("the order of %s is read as one of %s", taxCode, got)
			}
			orders.Do(t, "DELETE", one, "").Want(t, 204, "")
		}
	})
}

// FuzzOrdersQuery checks that any query leads to a list, a deletion, or a problem.
func FuzzOrdersQuery(f *testing.F) {
	orders := serveFuzzed(f)
	f.Fuzz(func(t *testing.T, query string) {
		target := url.URL{Path: "/orders", RawQuery: query}
		for _, method := range []string{"GET", "DELETE"} {
			switch got := orders.Do(t, method, target, ""); got.Status {
			case 200, 204, 400, 422:
			default:
				t.Errorf("%s /orders?%s answers %d %s", method, query, got.Status, got.Text)
			}
		}
	})
}
