package systemtest

import (
	"fmt"
	"net/http"
	"slices"

	"pgregory.net/rapid"
)

// Few values, so that calls affect the results of others.
var (
	taxCodes = rapid.SampledFrom([]string{"ADA", "ALAN", "Grace1"})
	names    = rapid.SampledFrom([]string{"Ada", "Zoë", "Ng\u00a0O'Neill", "<b>"})
	codes    = rapid.SampledFrom([]string{lamp, desk, none})
)

// client returns the client with the tax code, nil if there is none.
func (m *model) client(taxCode string) *client {
	for _, one := range m.clients {
		if one.taxCode == taxCode {
			return one
		}
	}
	return nil
}

func (m *model) CreateClient(t *rapid.T) {
	taxCode, first, last := taxCodes.Draw(t, "tax code"), names.Draw(t, "first name"), names.Draw(t, "last name")
	answer := m.call(t, http.MethodPost, m.all.clients.URL+"/clients",
		fmt.Sprintf(`{"taxCode":%q,"firstName":%q,"lastName":%q}`, taxCode, first, last), "", "")
	if m.client(taxCode) != nil {
		answer.want(t, http.StatusConflict)
		return
	}
	created := answer.want(t, http.StatusCreated)
	compare(t, "its values", []any{created["taxCode"], created["firstName"], created["lastName"]}, []any{taxCode, first, last})
	m.clients = append(m.clients, &client{resource: created, taxCode: taxCode, etags: answer.header["Etag"]})
}

func (m *model) UpdateClient(t *rapid.T) {
	taxCode, first, last := taxCodes.Draw(t, "tax code"), names.Draw(t, "first name"), names.Draw(t, "last name")
	condition := rapid.SampledFrom([]string{"", "*", "current", "old", `"unknown"`}).Draw(t, "condition")
	known := m.client(taxCode)
	ifMatch, fits := condition, condition == "" || condition == "*" || condition == "current"
	if known == nil && condition != "" {
		ifMatch = "*"
	} else if condition == "current" {
		ifMatch = known.etags[len(known.etags)-1]
	} else if condition == "old" {
		ifMatch, fits = known.etags[0], len(known.etags) == 1
	}
	answer := m.call(t, http.MethodPut, m.all.clients.URL+"/clients/"+taxCode,
		fmt.Sprintf(`{"firstName":%q,"lastName":%q}`, first, last), "If-Match", ifMatch)
	switch {
	case known == nil:
		answer.want(t, http.StatusNotFound)
	case !fits:
		answer.want(t, http.StatusConflict)
	default:
		changed := answer.want(t, http.StatusOK)
		compare(t, "its values", []any{changed["firstName"], changed["lastName"], changed["createdAt"]},
			[]any{first, last, known.resource["createdAt"]})
		known.resource, known.etags = changed, append(known.etags, answer.header.Get("ETag"))
	}
}

func (m *model) ReadClient(t *rapid.T) {
	taxCode := taxCodes.Draw(t, "tax code")
	answer := m.get(t, m.all.clients.URL+"/clients/"+taxCode)
	if known := m.client(taxCode); known != nil {
		compare(t, "its values", answer.want(t, http.StatusOK), known.resource)
		compare(t, "its tags", answer.header.Get("ETag"), known.etags[len(known.etags)-1])
		return
	}
	answer.want(t, http.StatusNotFound)
}

func (m *model) DeleteClient(t *rapid.T) {
	taxCode := taxCodes.Draw(t, "tax code")
	answer := m.call(t, http.MethodDelete, m.all.clients.URL+"/clients/"+taxCode, "", "", "")
	known := m.client(taxCode)
	if known == nil {
		answer.want(t, http.StatusNotFound)
		return
	}
	answer.want(t, http.StatusNoContent)
	m.clients = slices.DeleteFunc(m.clients, func(one *client) bool { return one == known })
	m.gone = append(m.gone, known)
}

func (m *model) PageClients(t *rapid.T) {
	m.page(t, m.all.clients.URL+"/clients?", newest(m.clients, (*client).listed), itsElements)
}

// page compares part of a list.
func (m *model) page(t *rapid.T, url string, all []any, read func([]any) []any) {
	limit, offset := rapid.IntRange(1, 4).Draw(t, "limit"), rapid.IntRange(0, 4).Draw(t, "offset")
	got := read(m.get(t, fmt.Sprintf("%slimit=%d&offset=%d", url, limit, offset)).list(t))
	begin := min(offset, len(all))
	compare(t, "the page's elements", got, all[begin:min(begin+limit, len(all))])
}

func itsElements(list []any) []any { return list }

func (m *model) product(code string) resource {
	for _, one := range m.products {
		if one["code"] == code {
			return one
		}
	}
	return nil
}

func (m *model) CreateProduct(t *rapid.T) {
	code, name := codes.Draw(t, "code"), names.Draw(t, "name")
	answer := m.call(t, http.MethodPost, m.all.products.URL+"/products", fmt.Sprintf(`{"code":%q,"name":%q}`, code, name), "", "")
	if m.product(code) != nil {
		answer.want(t, http.StatusConflict)
		return
	}
	created := answer.want(t, http.StatusCreated)
	compare(t, "its values", []any{created["code"], created["name"]}, []any{code, name})
	m.products = append(m.products, created)
}

func (m *model) DeleteProduct(t *rapid.T) {
	code := codes.Draw(t, "code")
	answer := m.call(t, http.MethodDelete, m.all.products.URL+"/products/"+code, "", "", "")
	if m.product(code) == nil {
		answer.want(t, http.StatusNotFound)
		return
	}
	answer.want(t, http.StatusNoContent)
	m.products = slices.DeleteFunc(m.products, func(one resource) bool { return one["code"] == code })
}
