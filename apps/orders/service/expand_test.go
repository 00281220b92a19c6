package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/orders/service"
)

// attached serves orders with a peer that has every client and product until fail is set. It returns the path of an order
// with that many products.
func attached(t *testing.T, products int, fail http.HandlerFunc) (orders apitest.API, order string, requests *atomic.Int64) {
	t.Helper()
	var failing atomic.Bool
	requests = new(atomic.Int64)
	peer := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failing.Load() && strings.HasPrefix(r.URL.Path, "/products/") {
			requests.Add(1)
			fail(w, r)
			return
		}
		everybody(w, r)
	}))
	app, err := service.New(databasetest.Open(t, service.Migrations()), peer.URL, peer.URL)
	if err != nil {
		t.Fatal(err)
	}
	orders = apitest.Serve(t, app.Handler)
	order = "/orders/" + orders.Do(t, "POST", "/orders", `{"clientTaxCode":"ADA"}`).Data(t, "id")
	for i := range products {
		orders.Do(t, "PUT", order+"/products/"+product(i), "").Want(t, 204, "")
	}
	failing.Store(true)
	return orders, order, requests
}

// gaps returns the statuses of the missing parts in order.
func gaps(t *testing.T, answer apitest.Answer) (statuses []string) {
	t.Helper()
	body, _ := answer.Body.(map[string]any)
	data, _ := body["data"].(map[string]any)
	missing, ok := data["missing"].([]any)
	if answer.Status != http.StatusOK || !ok {
		t.Fatalf("got %d: %s", answer.Status, answer.Text)
	}
	for i, gap := range missing {
		gap, _ := gap.(map[string]any)
		if want := fmt.Sprintf("products[%d]", i); gap["part"] != want {
			t.Errorf("got the gap %v, want that of %s", gap, want)
		}
		statuses = append(statuses, fmt.Sprint(gap["status"]))
	}
	return statuses
}

func TestManyProductsThatHangTakeAsLongAsOne(t *testing.T) {
	orders, order, requests := attached(t, 40, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	begin := time.Now()
	statuses := gaps(t, orders.Do(t, "GET", order, ""))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s, want the 3s of one call", took)
	}
	if got, want := strings.Join(statuses, " "), strings.TrimSpace(strings.Repeat("503 ", 40)); got != want {
		t.Errorf("missing are %s, want 40 times 503", got)
	}
	if got := requests.Load(); got > 3*8 {
		t.Errorf("products got %d requests, want at most 3 tries for each of 8 concurrent calls", got)
	}
}

func TestSlowProductsAreAwaitedUntilTheDeadline(t *testing.T) {
	orders, order, _ := attached(t, 64, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(700 * time.Millisecond) // well within the timeout of a try, but too long eight times in a row
		problem.Write(w, r, problem.New(http.StatusNotFound, "There is none."))
	})
	begin := time.Now()
	statuses := gaps(t, orders.Do(t, "GET", order, ""))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s, want 3s", took)
	}
	if len(statuses) != 64 || statuses[0] != "404" || statuses[63] != "503" {
		t.Errorf("got %s, want the first products' own answer, and that there was no time for the last", statuses)
	}
}

func TestAnUnavailablePeerIsNotCalledForEveryProduct(t *testing.T) {
	orders, order, requests := attached(t, 40, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	if got := len(gaps(t, orders.Do(t, "GET", order, ""))); got != 40 {
		t.Errorf("%d products are missing, want 40", got)
	}
	if got := requests.Load(); got > 2*8 {
		t.Errorf("products got %d requests, want only those that were running", got)
	}
}

// A deleted product does not affect the others.
func TestDeletedProductsAreEachCalledFor(t *testing.T) {
	orders, order, requests := attached(t, 20, func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.New(http.StatusNotFound, "There is none."))
	})
	if got, want := strings.Join(gaps(t, orders.Do(t, "GET", order, "")), " "), strings.TrimSpace(strings.Repeat("404 ", 20)); got != want {
		t.Errorf("missing are %s, want 20 times 404", got)
	}
	if got := requests.Load(); got != 20 {
		t.Errorf("products got %d requests, want 20", got)
	}
}
