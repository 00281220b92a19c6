package service_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/orders/service"
)

// A key that expires between the conflict and the read of its record must not lead to an order whose key is not recorded.
func TestAKeyThatExpiresDuringItsRequestCreatesNoOrder(t *testing.T) {
	config := databasetest.New(t)
	db, other := databasetest.Connect(t, config), databasetest.Connect(t, config)
	if err := db.Prepare(t.Context(), service.Migrations()); err != nil {
		t.Fatal(err)
	}
	onKey := func(statement string) func(*gorm.DB) {
		return func(query *gorm.DB) {
			if query.Statement.Table == "idempotency_keys" {
				if err := other.WithContext(databasetest.Context(t)).Exec(statement).Error; err != nil {
					t.Error(err)
				}
			}
		}
	}
	create := db.Callback().Create()
	if err := errors.Join(
		create.Before("*").Register("test:conflict", onKey(`INSERT INTO idempotency_keys VALUES ('key-1', '', gen_random_uuid(), '{}')`)),
		create.After("*").Register("test:expire", onKey(`DELETE FROM idempotency_keys`)),
	); err != nil {
		t.Fatal(err)
	}
	got := orderWithKey(t, db)
	if got.Status != http.StatusServiceUnavailable || !strings.Contains(got.Text, "expired during the request. Send the request again.") {
		t.Errorf("got %d %s, want 503 and the advice to send the request again", got.Status, got.Text)
	}
	var orders int64
	if err := other.WithContext(databasetest.Context(t)).Table("orders").Count(&orders).Error; err != nil || orders != 0 {
		t.Errorf("got %d orders, want none: %v", orders, err)
	}
}

// During a rolling update a replica may read a record that a newer one has written. It returns the members that it has.
func TestAReplayIsByteEqualExceptForMembersOfAnotherVersion(t *testing.T) {
	const text = `{"id":"0193a1b2-0000-7000-8000-000000000001","clientTaxCode":"ADA","products":[],` +
		`"createdAt":"2026-03-04T15:04:05.123456Z","updatedAt":"2026-03-04T15:04:05.1Z"}`
	for name, recorded := range map[string]string{
		"same version":  text,
		"newer version": strings.Replace(text, `"products"`, `"note":"a gift","products"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, service.Migrations())
			// The fingerprint is the hash of the decoded body.
			const insert = `INSERT INTO idempotency_keys VALUES ('key-1', sha256('{"clientTaxCode":"ADA"}'), gen_random_uuid(), ?)`
			if err := db.WithContext(databasetest.Context(t)).Exec(insert, recorded).Error; err != nil {
				t.Fatal(err)
			}
			if got := orderWithKey(t, db); got.Status != http.StatusCreated || got.Text != `{"data":`+text+`}` {
				t.Errorf("got %d %s, want 201 {\"data\":%s}", got.Status, got.Text, text)
			}
		})
	}
}

// orderWithKey sends a POST with the key key-1 to a service with the database.
func orderWithKey(t *testing.T, db *database.Database) apitest.Answer {
	t.Helper()
	peer := apitest.Serve(t, http.HandlerFunc(everybody))
	app, err := service.New(db, peer.URL, peer.URL)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, app.Handler).Do(t, "POST", "/orders", `{"clientTaxCode":"ADA"}`, "Idempotency-Key", "key-1")
}
