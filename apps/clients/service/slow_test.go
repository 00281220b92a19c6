package service_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// Deleting many orders takes longer than other calls between services may. Interrupting it would start it over.
func TestADeletionThatTakesOrdersLongIsDeliveredOnce(t *testing.T) {
	var deliveries, finished atomic.Int64
	orders := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deliveries.Add(1)
		select {
		case <-time.After(2 * time.Second):
			finished.Add(1)
			w.WriteHeader(http.StatusNoContent)
		case <-r.Context().Done(): // the deletion is rolled back
		}
	}))
	db := databasetest.Open(t, service.Migrations())
	app, err := service.New(db, orders.URL)
	if err != nil {
		t.Fatal(err)
	}
	clients := apitest.Serve(t, app.Handler)
	clients.Do(t, "POST", "/clients", ada)
	clients.Do(t, "DELETE", "/clients/LVLADA", "").Want(t, 204, "")

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- app.Work(ctx) }()
	for begin, left := time.Now(), int64(1); left > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 15*time.Second {
			t.Fatalf("after %d deliveries the message is still there", deliveries.Load())
		}
		if err := db.WithContext(databasetest.Context(t)).Table("outbox_messages").Count(&left).Error; err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if deliveries.Load() != 1 || finished.Load() != 1 {
		t.Errorf("%d deliveries were begun and %d finished, want one", deliveries.Load(), finished.Load())
	}
}
