package service_test

import "testing"

// Every test validates its answers against the document. This one checks that all documented answers occur.
func TestClientsGivesAllDocumentedAnswers(t *testing.T) {
	clients := serve(t)
	clients.WantAllMethodsDocumented(t)
	clients.WantAllRefusals(t, map[string]string{"taxCode": "LVLADA"})
	const names = `{"firstName":"Augusta","lastName":"King"}`
	tag := clients.Do(t, "POST", "/clients", ada).Header.Get("ETag")
	clients.Do(t, "GET", "/clients/LVLADA", "", "If-None-Match", tag).Want(t, 304, "")
	for _, step := range []struct {
		method, target, body string
		status               int
	}{
		{"POST", "/clients", ada, 409},
		{"GET", "/clients", "", 200},
		{"GET", "/clients/LVLADA", "", 200},
		{"PUT", "/clients/LVLADA", names, 200},
		{"GET", "/clients/NOBODY", "", 404},
		{"PUT", "/clients/NOBODY", names, 404},
		{"DELETE", "/clients/NOBODY", "", 404},
	} {
		if got := clients.Do(t, step.method, step.target, step.body); got.Status != step.status {
			t.Fatalf("%s %s answers %d %s, want %d", step.method, step.target, got.Status, got.Text, step.status)
		}
	}
	if got := clients.Do(t, "PUT", "/clients/LVLADA", names, "If-Match", tag).Status; got != 409 {
		t.Errorf("a stale change answers %d, want 409", got)
	}
	clients.Do(t, "DELETE", "/clients/LVLADA", "").Want(t, 204, "")
	clients.WantAllAnswersSeen(t)
}
