package systemtest

import (
	"net/http"
	"slices"

	"pgregory.net/rapid"

	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// need skips an action that is not possible now; rapid draws another one.
func (m *model) need(t *rapid.T, possible bool) {
	if !possible {
		t.Skip("not possible now")
	}
}

// draw picks an existing order or an unknown id.
func (m *model) draw(t *rapid.T) (id string, known *order) {
	position := rapid.IntRange(-1, len(m.orders)-1).Draw(t, "order")
	if position < 0 {
		return none, nil
	}
	return m.orders[position].resource["id"].(string), m.orders[position]
}

func (m *model) CreateOrder(t *rapid.T) {
	m.need(t, !m.unavailable)
	taxCode := taxCodes.Draw(t, "tax code")
	key := rapid.SampledFrom([]string{"", "", "key-1", "key-2"}).Draw(t, "key")
	answer := m.call(t, http.MethodPost, m.all.orders.URL+"/orders", `{"clientTaxCode":"`+taxCode+`"}`, "Idempotency-Key", key)
	owner, first := m.client(taxCode), m.keys[key]
	switch {
	case first != nil && first.client.taxCode == taxCode:
		answer.want(t, http.StatusCreated)
		compare(t, "the two answers", answer.text, first.answer)
	case first != nil || owner == nil:
		answer.want(t, http.StatusUnprocessableEntity)
	default:
		created := answer.want(t, http.StatusCreated)
		compare(t, "its values", []any{created["clientTaxCode"], created["products"]}, []any{taxCode, []any{}})
		known := &order{resource: created, client: owner, answer: answer.text}
		m.orders = append(m.orders, known)
		if key != "" {
			m.keys[key] = known
		}
	}
}

func (m *model) ReadOrder(t *rapid.T) {
	m.need(t, !m.unavailable)
	id, known := m.draw(t)
	answer := m.get(t, m.all.orders.URL+"/orders/"+id)
	if known == nil {
		answer.want(t, http.StatusNotFound)
		return
	}
	got := answer.want(t, http.StatusOK)
	gaps := 0
	if slices.Contains(m.clients, known.client) {
		compare(t, "its client's values", got["client"], known.client.resource)
	} else { // another client may have the tax code now
		compare(t, "its client's values", got["client"], nil)
		gaps++
	}
	products := []any{}
	for _, code := range known.codes {
		if product := m.product(code); product != nil {
			products = append(products, product)
		} else {
			products = append(products, resource{"code": code})
			gaps++
		}
	}
	compare(t, "its products", got["products"], products)
	compare(t, "its gaps", len(got["missing"].([]any)), gaps)
}

func (m *model) DeleteOrder(t *rapid.T) {
	m.need(t, !m.unavailable)
	id, known := m.draw(t)
	answer := m.call(t, http.MethodDelete, m.all.orders.URL+"/orders/"+id, "", "", "")
	if known == nil {
		answer.want(t, http.StatusNotFound)
		return
	}
	answer.want(t, http.StatusNoContent)
	m.orders = slices.DeleteFunc(m.orders, func(one *order) bool { return one == known })
}

func (m *model) AttachProduct(t *rapid.T) {
	m.need(t, !m.unavailable)
	id, known := m.draw(t)
	code := codes.Draw(t, "code")
	answer := m.call(t, http.MethodPut, m.all.orders.URL+"/orders/"+id+"/products/"+code, "", "", "")
	if known == nil || m.product(code) == nil {
		answer.want(t, http.StatusNotFound)
		return
	}
	answer.want(t, http.StatusNoContent)
	if !slices.Contains(known.codes, code) {
		known.codes = append(known.codes, code)
	}
}

func (m *model) DetachProduct(t *rapid.T) {
	m.need(t, !m.unavailable)
	id, known := m.draw(t)
	code := codes.Draw(t, "code")
	answer := m.call(t, http.MethodDelete, m.all.orders.URL+"/orders/"+id+"/products/"+code, "", "", "")
	if known == nil || !slices.Contains(known.codes, code) {
		answer.want(t, http.StatusNotFound)
		return
	}
	answer.want(t, http.StatusNoContent)
	known.codes = slices.DeleteFunc(known.codes, func(one string) bool { return one == code })
}

func (m *model) PageOrders(t *rapid.T) {
	m.need(t, !m.unavailable)
	taxCode := taxCodes.Draw(t, "tax code")
	theirs := slices.DeleteFunc(slices.Clone(m.orders), func(one *order) bool { return one.client.taxCode != taxCode })
	m.page(t, m.all.orders.URL+"/orders?clientTaxCode="+taxCode+"&", newest(theirs, (*order).listed), withoutUpdatedAt)
}

func (m *model) OrdersStopsOrStarts(*rapid.T) { m.setUnavailable(!m.unavailable) }

func (m *model) setUnavailable(unavailable bool) {
	switch {
	case m.unavailable && !unavailable:
		m.all.ordersDoor.open()
	case !m.unavailable && unavailable:
		m.all.ordersDoor.close()
	}
	m.unavailable = unavailable
}

// DeliverDeletions runs the worker of clients until orders has received all deletions. Before that no deletion has an
// effect, so the worker does not run at other times. Failed messages are due at once.
func (m *model) DeliverDeletions(t *rapid.T) {
	m.need(t, !m.unavailable && len(m.gone) > 0)
	now := m.all.clientsDatabase.WithContext(databasetest.Context(m.t)).Exec("UPDATE outbox_messages SET next_attempt_at = now()")
	if now.Error != nil {
		t.Fatal(now.Error)
	}
	stop := work(m.t, m.all.clientsApp)
	m.all.awaitDelivered(m.t)
	stop()
	m.orders = slices.DeleteFunc(m.orders, func(one *order) bool { return slices.Contains(m.gone, one.client) })
	m.gone = nil
}

// FailToDeliverDeletions runs the worker of clients while orders is unavailable, until a delivery has failed.
func (m *model) FailToDeliverDeletions(t *rapid.T) {
	m.need(t, m.unavailable && len(m.gone) > 0)
	waiting := m.all.clientsDatabase.WithContext(databasetest.Context(m.t)).
		Exec("UPDATE outbox_messages SET next_attempt_at = now(), attempts = 0")
	if waiting.Error != nil {
		t.Fatal(waiting.Error)
	}
	stop := work(m.t, m.all.clientsApp)
	const tried = "(SELECT count(*) AS messages FROM outbox_messages WHERE attempts > 0) AS tried"
	awaitNone(m.t, m.all.clientsDatabase, tried, "messages = 0")
	stop()
}
