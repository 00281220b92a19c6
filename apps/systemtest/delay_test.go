package systemtest

import (
	"net/http"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

func TestProductsCanBeSlowForAllExceptTheKubelet(t *testing.T) {
	t.Parallel() // it mostly waits
	const delay = 700 * time.Millisecond
	products := run(t, "products", with(environment(t, databasetest.NewLoopback(t)), map[string]string{"RESPONSE_DELAY": delay.String()}))
	products.await(t, "/readyz", http.StatusNoContent)
	for agent, slow := range map[string]bool{"kube-probe/1.37": false, "kubernetes-networking-probe": true} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, products.url+"/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", agent)
		begin := time.Now()
		answer := apitest.Send(t, request)
		if took := time.Since(begin); answer.Status != http.StatusNoContent || (took >= delay) != slow {
			t.Errorf("%s got %d after %s, with a delay of %s", agent, answer.Status, took, delay)
		}
	}
}
