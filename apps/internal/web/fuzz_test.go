package web_test

import (
	"net/url"
	"strconv"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
)

// FuzzParameters checks that a path and a query are refused with a problem, or that the parameters keep the rules and are
// read again as the same.
func FuzzParameters(f *testing.F) {
	api := apitest.Fuzz(f, newSearch(f))
	f.Fuzz(func(t *testing.T, id, query string) {
		found := api.Do(t, "GET", url.URL{Path: "/search/" + id, RawQuery: query}, "")
		if found.Status != 200 {
			return
		}
		data := found.Body.(map[string]any)["data"].(map[string]any)
		limit, offset := data["limit"].(float64), data["offset"].(float64)
		if limit < 1 || limit > 500 || offset < 0 || offset > 1_000_000 {
			t.Errorf("%q gave the limit %v and the offset %v", query, limit, offset)
		}
		again := url.Values{
			"author": {found.Data(t, "author")}, "limit": {strconv.Itoa(int(limit))}, "offset": {strconv.Itoa(int(offset))},
		}
		if since, given := data["since"].(string); given {
			again.Set("since", since)
		}
		api.Do(t, "GET", url.URL{Path: "/search/" + found.Data(t, "id"), RawQuery: again.Encode()}, "").Want(t, 200, found.Text)
	})
}

// FuzzBody checks that a body is refused with a problem, or returned as it was read.
func FuzzBody(f *testing.F) {
	api := apitest.Fuzz(f, newNotes(f, nil))
	f.Fuzz(func(t *testing.T, body string) {
		created := api.Do(t, "POST", url.URL{Path: "/notes"}, body)
		if created.Status != 201 {
			return
		}
		again := created.Text[len(`{"data":`) : len(created.Text)-1]
		api.Do(t, "POST", url.URL{Path: "/notes"}, again).Want(t, 201, created.Text)
	})
}
