package systemtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// failures is the number of failed deliveries of a message after which its pauses are at their maximum: they double from
// 200 ms to ten seconds. It takes about half a minute.
const failures = 7

func TestAnOutageOfOrdersLosesNoDeletion(t *testing.T) {
	t.Parallel() // it mostly waits
	attempts := failures
	if testing.Short() {
		attempts = 1
	}
	// The number of replicas that can try all messages every ten seconds: a refused try takes about 150 ms.
	const deleted, kept, ordersEach, replicas = 200, 20, 2, 6
	all := start(t)
	for i := range deleted + kept {
		all.client(t, taxCode(i))
		for range ordersEach {
			all.orders.Do(t, "POST", "/orders", `{"clientTaxCode":"`+taxCode(i)+`"}`)
		}
	}
	if got := count(t, all.ordersDatabase, "orders", ""); got != (deleted+kept)*ordersEach {
		t.Fatalf("got %d orders before the outage, want %d", got, (deleted+kept)*ordersEach)
	}
	for range replicas {
		work(t, all.replica())
	}

	all.ordersDoor.close()
	for i := range deleted {
		all.clients.Do(t, "DELETE", "/clients/"+taxCode(i), "").Want(t, 204, "")
	}
	if got := count(t, all.clientsDatabase, "outbox_messages", ""); got != deleted {
		t.Errorf("got %d messages during the outage, want %d", got, deleted)
	}
	eventually(t, 5*time.Minute, fmt.Sprintf("no message was tried %d times", attempts), func() bool {
		return count(t, all.clientsDatabase, "outbox_messages", "attempts >= ?", attempts) > 0
	})
	if got := count(t, all.ordersDatabase, "orders", ""); got != (deleted+kept)*ordersEach {
		t.Errorf("got %d orders during the outage, want all", got)
	}

	all.ordersDoor.open()
	back := time.Now()
	all.awaitDelivered(t)
	t.Logf("everything was delivered %s after orders was back", time.Since(back).Round(time.Millisecond))
	for i := range deleted + kept {
		want := int64(0)
		if i >= deleted {
			want = ordersEach
		}
		if got := count(t, all.ordersDatabase, "orders", "client_tax_code = ?", taxCode(i)); got != want {
			t.Errorf("client %d has %d orders, want %d", i, got, want)
		}
	}
}

func TestADeletionAndItsMessageAreStoredTogetherOrNotAtAll(t *testing.T) {
	for name, failure := range map[string]string{
		"the message cannot be stored": `ALTER TABLE outbox_messages ADD CHECK (false)`,
		"the commit fails": `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
			CREATE CONSTRAINT TRIGGER fail AFTER DELETE ON clients DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
	} {
		t.Run(name, func(t *testing.T) {
			all := start(t)
			all.client(t, "ADA")
			if err := all.clientsDatabase.WithContext(databasetest.Context(t)).Exec(failure).Error; err != nil {
				t.Fatal(err)
			}
			all.clients.Do(t, "DELETE", "/clients/ADA", "").
				WantProblem(t, 500, "/clients/ADA", "Something went wrong on our side. It has been logged.")
			clients, messages := count(t, all.clientsDatabase, "clients", ""), count(t, all.clientsDatabase, "outbox_messages", "")
			if clients != 1 || messages != 0 {
				t.Errorf("got %d clients and %d messages, want the client and no message", clients, messages)
			}
		})
	}
}

func TestAFailedDeletionIsLoggedInItsTraceWithoutTheClient(t *testing.T) {
	written := logged(t)
	all := start(t)
	all.client(t, "QX7SECRET")
	all.ordersDoor.close()
	caller := &caller{trace: "0af7651916cd43dd8448eb211c80319c"}
	caller.send(t, all.clients, "DELETE", "/clients/QX7SECRET", "", 204)
	stop := work(t, all.clientsApp)
	awaitNone(t, all.clientsDatabase, "outbox_messages", "attempts = 0")
	stop()
	var failures []map[string]any
	for _, line := range written.lines(t) {
		if line["msg"] == "cannot deliver a message of the outbox" {
			failures = append(failures, line)
		}
	}
	if len(failures) == 0 {
		t.Fatalf("the failure is not in the log:\n%s", written)
	}
	if line := failures[0]; line["trace_id"] != caller.trace || line["code"] != "REFUSED" || line["message"] != 1.0 || line["attempt"] != 1.0 {
		t.Errorf("the line is %v, want the message, the attempt, the code and the trace of the request", line)
	}
	if strings.Contains(written.String(), "QX7SECRET") {
		t.Errorf("the tax code is in the log:\n%s", written)
	}
}

func taxCode(i int) string { return fmt.Sprintf("CLIENT%03d", i) }

func (s services) client(t *testing.T, taxCode string) {
	t.Helper()
	s.clients.Do(t, "POST", "/clients", `{"taxCode":"`+taxCode+`","firstName":"Ada","lastName":"Lovelace"}`)
}
