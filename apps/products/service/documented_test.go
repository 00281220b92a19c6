package service_test

import "testing"

// Every test validates its answers against the document. This one checks that all documented answers occur.
func TestProductsGivesAllDocumentedAnswers(t *testing.T) {
	products := serve(t)
	products.WantAllMethodsDocumented(t)
	products.WantAllRefusals(t, map[string]string{"code": lamp})
	for _, step := range []struct {
		method, target, body string
		status               int
	}{
		{"POST", "/products", `{"code":"` + lamp + `","name":"Lamp"}`, 201},
		{"POST", "/products", `{"code":"` + lamp + `","name":"Lamp"}`, 409},
		{"GET", "/products", "", 200},
		{"GET", "/products/" + lamp, "", 200},
		{"GET", "/products/" + desk, "", 404},
		{"DELETE", "/products/" + lamp, "", 204},
		{"DELETE", "/products/" + lamp, "", 404},
	} {
		if got := products.Do(t, step.method, step.target, step.body); got.Status != step.status {
			t.Fatalf("%s %s answers %d %s, want %d", step.method, step.target, got.Status, got.Text, step.status)
		}
	}
	products.WantAllAnswersSeen(t)
}
