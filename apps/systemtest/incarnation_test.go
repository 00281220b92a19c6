package systemtest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
	orders "example.com/kubernetes-networking/apps/orders/service"
)

func TestATaxCodeCanBeUsedAgainAndALateDeletionSparesItsNewOrders(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	old := all.orders.Do(t, "POST", "/orders", orderOfAda).Header.Get("Location")
	all.clients.Do(t, "DELETE", "/clients/ADA", "").Want(t, 204, "") // orders has not received it yet
	all.client(t, "ADA")
	kept := all.orders.Do(t, "POST", "/orders", orderOfAda).Data(t, "id")

	work(t, all.clientsApp)
	all.awaitDelivered(t)

	all.orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[{"id":"`+kept+
		`","clientTaxCode":"ADA","products":[],"createdAt":"<time>","updatedAt":"<time>"}]}`)
	if got := all.orders.Do(t, "GET", old, "").Status; got != http.StatusNotFound {
		t.Errorf("the order of the client that was deleted answers %d, want 404", got)
	}
}

func TestAnOrderDoesNotShowAnotherClientWithItsTaxCode(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	old := all.orders.Do(t, "POST", "/orders", orderOfAda).Header.Get("Location")
	all.clients.Do(t, "DELETE", "/clients/ADA", "").Want(t, 204, "") // orders has not received it yet
	all.client(t, "ADA")
	all.orders.Do(t, "GET", old, "").Want(t, 200, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","client":null,"products":[],
		"missing":[{"part":"client","service":"clients","status":404,
		"detail":"There is no such client any more: another one has the tax code ADA now."}],
		"createdAt":"<time>","updatedAt":"<time>"}}`)
}

// orders does not verify that the client is deleted.
func TestAClientThatIsDeclaredDeletedGetsNoOrders(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	query := url.Values{"clientTaxCode": {"ADA"}, "clientCreatedAt": {all.clients.Do(t, "GET", "/clients/ADA", "").Data(t, "createdAt")}}
	all.orders.Do(t, "DELETE", "/orders?"+query.Encode(), "").Want(t, 204, "")
	all.orders.Do(t, "POST", "/orders", orderOfAda).WantProblem(
		t, 422, "/orders", invalid, problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."},
	)
}

// The client exists when orders calls clients, and its deletion arrives before the answer.
func TestAnOrderOfAClientThatIsDeletedMeanwhileIsRefused(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	work(t, all.clientsApp)
	checked, proceed := make(chan struct{}, 1), make(chan struct{})
	slow := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		all.clientsApp.Handler.ServeHTTP(answer, r)
		select {
		case checked <- struct{}{}:
		default: // not the first try
		}
		select {
		case <-proceed:
		case <-r.Context().Done():
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	replica := apitest.Serve(t, built(t)(orders.New(all.ordersDatabase, slow.URL, all.products.URL)).Handler)
	created := inBackground(t, replica, "POST", "/orders", orderOfAda)
	<-checked
	all.clients.Do(t, "DELETE", "/clients/ADA", "").Want(t, 204, "")
	all.awaitDelivered(t)
	close(proceed)
	created().WantProblem(
		t, 422, "/orders", invalid, problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."},
	)
	if got := count(t, all.ordersDatabase, "orders", ""); got != 0 {
		t.Errorf("got %d orders of a client that is gone", got)
	}
}

// The opposite: the order is being stored when the deletion arrives, which waits and deletes it, too.
func TestADeletionIncludesAnOrderThatIsBeingStored(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	createdAt := all.clients.Do(t, "GET", "/clients/ADA", "").Data(t, "createdAt")
	storing := all.ordersDatabase.WithContext(databasetest.Context(t)).Begin()
	const insert = `INSERT INTO orders VALUES (gen_random_uuid(), 'ADA', now(), now(), ?)`
	if err := storing.Exec("SELECT pg_advisory_xact_lock_shared(1, hashtext('ADA'))").Exec(insert, createdAt).Error; err != nil {
		t.Fatal(err)
	}
	query := url.Values{"clientTaxCode": {"ADA"}, "clientCreatedAt": {createdAt}}
	deleted := inBackground(t, all.orders, "DELETE", "/orders?"+query.Encode(), "")
	awaitWaiting(t, all.ordersDatabase)
	if err := storing.Commit().Error; err != nil {
		t.Fatal(err)
	}
	deleted().Want(t, 204, "")
	if got := count(t, all.ordersDatabase, "orders", ""); got != 0 {
		t.Errorf("got %d orders of a client that is gone", got)
	}
}

// Orders from before the column do not have the creation time of their client.
func TestOrdersFromBeforeIncarnationsAreDeletedWithTheirClient(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	const old = `INSERT INTO orders (id, client_tax_code, created_at, updated_at) VALUES (gen_random_uuid(), 'ADA', now(), now())`
	if err := all.ordersDatabase.WithContext(databasetest.Context(t)).Exec(old).Error; err != nil {
		t.Fatal(err)
	}
	work(t, all.clientsApp)
	all.clients.Do(t, "DELETE", "/clients/ADA", "").Want(t, 204, "")
	all.awaitDelivered(t)
	if got := count(t, all.ordersDatabase, "orders", ""); got != 0 {
		t.Errorf("got %d orders of a client that is gone", got)
	}
}

func TestADeletionWithoutATimeIsForAllClientsOfTheTaxCode(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	all.orders.Do(t, "POST", "/orders", orderOfAda)
	all.orders.Do(t, "DELETE", "/orders?clientTaxCode=ADA", "").Want(t, 204, "")
	if got := count(t, all.ordersDatabase, "orders", ""); got != 0 {
		t.Errorf("got %d orders, want none", got)
	}
	if got := all.orders.Do(t, "POST", "/orders", orderOfAda).Status; got != http.StatusCreated {
		t.Errorf("got %d for a new order, want 201: the client is still there", got)
	}
}
