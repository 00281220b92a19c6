package service_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	augusta = `{"firstName":"Augusta","lastName":"King"}`
	stale   = "The client changed since it was read. Read it again, and send the change with the new ETag in If-Match."
)

func TestEveryChangeGivesAClientANewETag(t *testing.T) {
	clients := serve(t)
	tag := func(answer apitest.Answer) string { return answer.Header.Get("ETag") }
	created := tag(clients.Do(t, "POST", "/clients", ada))
	if len(created) != 38 || created[0] != '"' {
		t.Errorf("got the ETag %s, want a UUID in quotes", created)
	}
	if got := tag(clients.Do(t, "GET", "/clients/LVLADA", "")); got != created {
		t.Errorf("got the ETag %s, want %s as long as nothing changes", got, created)
	}
	updated := tag(clients.Do(t, "PUT", "/clients/LVLADA", augusta))
	if updated == created {
		t.Errorf("the ETag is %s after a change as before", updated)
	}
	for _, method := range []string{"GET", "HEAD"} {
		if got := tag(clients.Do(t, method, "/clients/LVLADA", "")); got != updated {
			t.Errorf("%s: got the ETag %s, want %s", method, got, updated)
		}
	}
}

func TestAStaleChangeIsRefused(t *testing.T) {
	clients := serve(t)
	first := clients.Do(t, "POST", "/clients", ada).Header.Get("ETag")
	change := func(condition string) apitest.Answer {
		return clients.Do(t, "PUT", "/clients/LVLADA", augusta, "If-Match", condition)
	}
	second := change(first)
	if second.Status != 200 || second.Header.Get("ETag") == first {
		t.Fatalf("got %d and the ETag %s, want 200 and a new one", second.Status, second.Header.Get("ETag"))
	}
	now := second.Header.Get("ETag")
	for _, condition := range []string{first, `"1"`, `""`, "W/" + now, strings.ToUpper(now), "\"\xff\""} {
		refused := change(condition)
		refused.WantProblem(t, 409, "/clients/LVLADA", stale)
		if got := refused.Header.Get("ETag"); got != now {
			t.Errorf("If-Match: %s is refused with the ETag %s, want the present one, %s", condition, got, now)
		}
	}
	clients.Do(t, "GET", "/clients/LVLADA", "").Want(t, 200, second.Text)
	for _, condition := range []string{now, "*"} {
		if got := change(condition); got.Status != 200 {
			t.Errorf("If-Match: %s answers %d %s, want 200", condition, got.Status, got.Text)
		}
	}
	listed := first + `, W/"x", ` + clients.Do(t, "GET", "/clients/LVLADA", "").Header.Get("ETag")
	if got := change(listed); got.Status != 200 {
		t.Errorf("If-Match: %s answers %d %s, want 200", listed, got.Status, got.Text)
	}
	change("abc").WantProblem(t, 422, "/clients/LVLADA", "Some values are invalid. See errors.", problem.Field{
		Name: "If-Match", Detail: `It must be * or a comma-separated list of ETags in double quotes, such as "3f0e".`,
	})
	clients.Do(t, "PUT", "/clients/NOBODY", augusta, "If-Match", first).
		WantProblem(t, 404, "/clients/NOBODY", "There is no client with the tax code NOBODY.")
}

func TestOnlyOneOfTwoCallersWithTheSameRevisionChangesIt(t *testing.T) {
	clients := serve(t)
	tag := clients.Do(t, "POST", "/clients", ada).Header.Get("ETag")
	var changed, refused atomic.Int32
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			answer, err := clients.Try(t, "PUT", "/clients/LVLADA", augusta, "If-Match", tag)
			if err != nil {
				t.Error(err)
			}
			switch answer.Status {
			case 200:
				changed.Add(1)
			case 409:
				refused.Add(1)
			}
		})
	}
	together.Wait()
	if changed.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d changed the client and %d were refused, want 1 and 7", changed.Load(), refused.Load())
	}
}

func TestAnUnchangedClientIsNotSentAgain(t *testing.T) {
	clients := serve(t)
	tag := clients.Do(t, "POST", "/clients", ada).Header.Get("ETag")
	for _, condition := range []string{tag, "W/" + tag, "*", `"1", ` + tag} {
		unchanged := clients.Do(t, "GET", "/clients/LVLADA", "", "If-None-Match", condition)
		unchanged.Want(t, 304, "")
		if got := unchanged.Header.Get("ETag"); got != tag {
			t.Errorf("the 304 has the ETag %s, want %s", got, tag)
		}
	}
	clients.Do(t, "PUT", "/clients/LVLADA", augusta)
	if got := clients.Do(t, "GET", "/clients/LVLADA", "", "If-None-Match", tag).Status; got != 200 {
		t.Errorf("got %d for a client that changed, want 200", got)
	}
}
