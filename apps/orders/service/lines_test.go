package service_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/orders/service"
)

// serveWith is serve for tests that use the database.
func serveWith(t *testing.T) (apitest.API, *database.Database) {
	t.Helper()
	peer := apitest.Serve(t, http.HandlerFunc(everybody))
	db := databasetest.Open(t, service.Migrations())
	app, err := service.New(db, peer.URL, peer.URL)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, app.Handler), db
}

// fill adds products to an order.
func fill(t *testing.T, db *database.Database, order string, products int) {
	t.Helper()
	const insert = "INSERT INTO order_products SELECT ?, gen_random_uuid(), now() FROM generate_series(1, ?)"
	if err := db.WithContext(databasetest.Context(t)).Exec(insert, order, products).Error; err != nil {
		t.Fatal(err)
	}
}

func product(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

func TestAnOrderHasAtMostAHundredProducts(t *testing.T) {
	orders, db := serveWith(t)
	id := order(t, orders, "ADA")
	fill(t, db, id, 99)
	last, more := "/orders/"+id+"/products/"+product(1), "/orders/"+id+"/products/"+product(2)
	const full = "The order has 100 products, which is the most that it may have. Create another order for more."
	orders.Do(t, "PUT", last, "").Want(t, 204, "")
	orders.Do(t, "PUT", more, "").WantProblem(t, 409, more, full)
	orders.Do(t, "PUT", last, "").Want(t, 204, "") // attaching a product again changes nothing
	orders.Do(t, "DELETE", last, "").Want(t, 204, "")
	orders.Do(t, "PUT", more, "").Want(t, 204, "")
}

// Both requests arrive while another transaction changes the order. Without waiting for it, both would count 99 products.
func TestConcurrentlyAttachedProductsKeepTheLimit(t *testing.T) {
	orders, db := serveWith(t)
	id := order(t, orders, "ADA")
	fill(t, db, id, 99)
	changing := db.WithContext(databasetest.Context(t)).Begin()
	defer changing.Rollback()
	if err := changing.Exec("UPDATE orders SET updated_at = now() WHERE id = ?", id).Error; err != nil {
		t.Fatal(err)
	}
	statuses, failures := make(chan int, 2), make(chan error, 2)
	for i := range 2 {
		go func() {
			answer, err := orders.Try(t, "PUT", "/orders/"+id+"/products/"+product(i), "")
			statuses <- answer.Status
			failures <- err
		}()
	}
	awaitWaiting(t, db, 2)
	if err := changing.Commit().Error; err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-failures, <-failures); err != nil {
		t.Fatal(err)
	}
	if first, second := <-statuses, <-statuses; first+second != 204+409 {
		t.Errorf("got %d and %d, want a 204 and a 409", first, second)
	}
}

// A deletion locks the order before its products.
func TestAProductIsNotDetachedFromAnOrderThatIsBeingDeleted(t *testing.T) {
	orders, db := serveWith(t)
	id := order(t, orders, "ADA")
	line := "/orders/" + id + "/products/" + product(1)
	orders.Do(t, "PUT", line, "").Want(t, 204, "")
	deleting := db.WithContext(databasetest.Context(t)).Begin()
	defer deleting.Rollback()
	if err := deleting.Exec("SELECT FROM orders WHERE id = ? FOR UPDATE", id).Error; err != nil {
		t.Fatal(err)
	}
	detached, failed := make(chan apitest.Answer, 1), make(chan error, 1)
	go func() {
		answer, err := orders.Try(t, "DELETE", line, "")
		detached <- answer
		failed <- err
	}()
	awaitWaiting(t, db, 1)
	if err := deleting.Exec("DELETE FROM orders WHERE id = ?", id).Error; err != nil {
		t.Fatalf("the order cannot be deleted: %v", err)
	}
	if err := deleting.Commit().Error; err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	(<-detached).WantProblem(t, 404, line, "There is no order with the id "+id+".")
}

// awaitWaiting blocks until that many queries wait for a lock.
func awaitWaiting(t *testing.T, db *database.Database, want int64) {
	t.Helper()
	const waiting = "datname = current_database() AND wait_event_type = 'Lock'"
	for begin, queries := time.Now(), int64(0); queries < want; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatal("too few queries wait for a lock")
		}
		if err := db.WithContext(databasetest.Context(t)).Table("pg_stat_activity").Where(waiting).Count(&queries).Error; err != nil {
			t.Fatal(err)
		}
	}
}
