package systemtest

import (
	"testing"

	"example.com/kubernetes-networking/apps/internal/databasetest"
	orders "example.com/kubernetes-networking/apps/orders/service"
)

// The expired rows are more than one deletion of each replica.
func TestOrdersForgetsKeysAndDeletedClientsAfterADay(t *testing.T) {
	config := databasetest.New(t)
	db := databasetest.Connect(t, config)
	prepare(t, db.Prepare(t.Context(), orders.Migrations()))
	for _, statement := range []string{
		`INSERT INTO idempotency_keys SELECT 'old' || n, '', gen_random_uuid(), '', now() - interval '25 hours' FROM generate_series(1, 4500) n`,
		`INSERT INTO idempotency_keys VALUES ('new', '', gen_random_uuid(), '', now() - interval '23 hours')`,
		`INSERT INTO deleted_clients SELECT 'OLD' || n, now(), now() - interval '25 hours' FROM generate_series(1, 4500) n`,
		`INSERT INTO deleted_clients VALUES ('NEW', now(), now() - interval '23 hours')`,
	} {
		if err := db.WithContext(databasetest.Context(t)).Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		replica := databasetest.Connect(t, config)
		work(t, built(t)(orders.New(replica, "http://clients.invalid", "http://products.invalid")))
	}
	awaitNone(t, db, "idempotency_keys", "key LIKE 'old%'")
	awaitNone(t, db, "deleted_clients", "tax_code LIKE 'OLD%'")
	if keys, clients := count(t, db, "idempotency_keys", ""), count(t, db, "deleted_clients", ""); keys != 1 || clients != 1 {
		t.Errorf("%d keys and %d deleted clients stay, want one each: they are younger than a day", keys, clients)
	}
}
