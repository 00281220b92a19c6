package systemtest

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const orderOfAda = `{"clientTaxCode":"ADA"}`

// createOrder sends a POST with an Idempotency-Key.
func (s services) createOrder(t *testing.T, key, body string) apitest.Answer {
	t.Helper()
	return s.orders.Do(t, "POST", "/orders", body, "Idempotency-Key", key)
}

func TestARepeatedRequestWithAKeyGetsTheFirstAnswer(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	first := all.createOrder(t, "key-1", orderOfAda)
	all.orders.Do(t, "PUT", first.Header.Get("Location")+"/products/"+lamp, "")
	for name, again := range map[string]func(){
		"as it was": func() {},
		"when the order is deleted": func() {
			all.orders.Do(t, "DELETE", first.Header.Get("Location"), "").Want(t, 204, "")
		},
		"when clients is unavailable": func() { all.clients.Stop() },
	} {
		again()
		second := all.createOrder(t, "key-1", "  "+orderOfAda).Want(t, 201, first.Text)
		if second.Text != first.Text || second.Header.Get("Location") != first.Header.Get("Location") {
			t.Errorf("%s: got %s at %s, want %s at %s", name, second.Text, second.Header.Get("Location"), first.Text,
				first.Header.Get("Location"))
		}
	}
}

func TestAnotherKeyOrNoneIsAnotherOrder(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	all.createOrder(t, "key-1", orderOfAda)
	all.createOrder(t, "key-2", orderOfAda)
	all.orders.Do(t, "POST", "/orders", orderOfAda)
	all.orders.Do(t, "POST", "/orders", orderOfAda)
	if got := count(t, all.ordersDatabase, "orders", ""); got != 4 {
		t.Errorf("got %d orders, want 4", got)
	}
}

func TestAKeyIsForOneRequestOnly(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	all.client(t, "ALAN")
	all.createOrder(t, "key-1", orderOfAda)
	all.createOrder(t, "key-1", `{"clientTaxCode":"ALAN"}`).WantProblem(t, 422, "/orders", invalid, problem.Field{
		Name: "Idempotency-Key", Detail: "It was already used with another body. Use a new key for a new order.",
	})
	if got := count(t, all.ordersDatabase, "orders", ""); got != 1 {
		t.Errorf("got %d orders, want the first alone", got)
	}
}

func TestAMalformedKeyIsNamed(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	all.createOrder(t, strings.Repeat("k", 255), orderOfAda).
		Want(t, 201, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","products":[],"createdAt":"<time>","updatedAt":"<time>"}}`)
	for name, key := range map[string]string{"empty": "", "long": strings.Repeat("k", 256), "a space": "a b", "not ASCII": "schlüssel"} {
		t.Run(name, func(t *testing.T) {
			all.createOrder(t, key, orderOfAda).WantProblem(t, 422, "/orders", invalid, problem.Field{
				Name: "Idempotency-Key", Detail: "It must consist of 1 to 255 visible ASCII characters.",
			})
		})
	}
}

// A failure is not recorded, so that the caller can retry with the same key.
func TestAKeyWhoseRequestFailedCanBeUsedAgain(t *testing.T) {
	all := start(t)
	all.createOrder(t, "key-1", orderOfAda).WantProblem(
		t, 422, "/orders", invalid, problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."},
	)
	all.client(t, "ADA")
	if got := all.createOrder(t, "key-1", orderOfAda).Status; got != http.StatusCreated {
		t.Errorf("got %d after a 422 with the same key, want 201", got)
	}
	all.clients.Stop()
	if got := all.createOrder(t, "key-2", orderOfAda).Status; got != http.StatusServiceUnavailable {
		t.Errorf("got %d while clients is unavailable, want 503", got)
	}
	if got := count(t, all.ordersDatabase, "idempotency_keys", ""); got != 1 {
		t.Errorf("got %d keys, want the one of the order that was created", got)
	}
}

func TestRequestsWithOneKeyAtTheSameTimeCreateOneOrder(t *testing.T) {
	all := start(t)
	all.client(t, "ADA")
	answers, failures := make([]apitest.Answer, 20), make([]error, 20)
	var together sync.WaitGroup
	for i := range answers {
		together.Go(func() {
			answers[i], failures[i] = all.orders.Try(t, "POST", "/orders", orderOfAda, "Idempotency-Key", "key-1")
		})
	}
	together.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	for _, answer := range answers {
		if answer.Status != http.StatusCreated || answer.Text != answers[0].Text {
			t.Errorf("got %d %s, want 201 %s", answer.Status, answer.Text, answers[0].Text)
		}
	}
	if got := count(t, all.ordersDatabase, "orders", ""); got != 1 {
		t.Errorf("got %d orders, want 1", got)
	}
}
