package outbox_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// migrations are those of a service that has an outbox.
var migrations = os.DirFS("../../clients/service/migrations")

// peer is who messages are delivered to. It refuses while it has an answer that is an error.
type peer struct {
	mutex    sync.Mutex
	got      []string
	refusing map[string]error
	arrived  chan string
}

func newPeer() *peer { return &peer{arrived: make(chan string, 1000), refusing: map[string]error{}} }

func (p *peer) deliver(_ context.Context, text string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.got = append(p.got, text)
	p.arrived <- text
	return p.refusing[text]
}

func (p *peer) answer(text string, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.refusing[text] = err
}

// await returns when text was handed over.
func (p *peer) await(t *testing.T, text string) {
	t.Helper()
	for {
		select {
		case got := <-p.arrived:
			if got == text {
				return
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s was not delivered", text)
		}
	}
}

func add(t *testing.T, db *database.Database, box *outbox.Outbox[string], texts ...string) {
	t.Helper()
	err := db.WithContext(databasetest.Context(t)).Transaction(func(tx *gorm.DB) error {
		for _, text := range texts {
			if err := box.Add(tx, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	box.Wake()
}

// run works until stop is called, which waits for the end.
func run(t *testing.T, box *outbox.Outbox[string]) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func count(t *testing.T, db *database.Database) (messages int64) {
	t.Helper()
	if err := db.WithContext(databasetest.Context(t)).Table("outbox_messages").Count(&messages).Error; err != nil {
		t.Fatal(err)
	}
	return messages
}

// awaitEmpty waits for the commits that follow the deliveries.
func awaitEmpty(t *testing.T, db *database.Database) {
	t.Helper()
	for begin := time.Now(); count(t, db) != 0; {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%d messages stay in the outbox", count(t, db))
		}
	}
}

func TestAMessageIsStoredWithItsTransactionOrNotAtAll(t *testing.T) {
	db := databasetest.Open(t, migrations)
	box := outbox.New(db.DB, newPeer().deliver)
	failure := errors.New("the rest of the transaction failed")
	err := db.WithContext(databasetest.Context(t)).Transaction(func(tx *gorm.DB) error {
		return errors.Join(box.Add(tx, "never"), failure)
	})
	if !errors.Is(err, failure) || count(t, db) != 0 {
		t.Fatalf("got %v and %d messages, want none after %v", err, count(t, db), failure)
	}
	add(t, db, box, "hello")
	if count(t, db) != 1 {
		t.Errorf("got %d messages, want the one that was committed", count(t, db))
	}
}

func TestThreeReplicasDeliverEachMessageOnce(t *testing.T) {
	config := databasetest.New(t)
	to := newPeer()
	var want []string
	for i := range 60 {
		want = append(want, string(rune('A'+i)))
	}
	var replicas []*outbox.Outbox[string]
	for i := range 3 {
		db := databasetest.Connect(t, config)
		replicas = append(replicas, outbox.New(db.DB, to.deliver))
		if i == 0 {
			if err := db.Prepare(t.Context(), migrations); err != nil {
				t.Fatal(err)
			}
			add(t, db, replicas[0], want...)
		}
	}
	for _, replica := range replicas {
		run(t, replica)
	}
	awaitEmpty(t, databasetest.Connect(t, config))
	slices.Sort(to.got)
	if !slices.Equal(to.got, want) {
		t.Errorf("got %d deliveries %v, want each of the %d once", len(to.got), to.got, len(want))
	}
}

func TestAMessageIsDeliveredUntilItIsAcknowledged(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	to.answer("hello", errors.New("not now"))
	box := outbox.New(db.DB, to.deliver)
	run(t, box)
	add(t, db, box, "hello")
	to.await(t, "hello")
	to.await(t, "hello")
	to.answer("hello", nil)
	awaitEmpty(t, db)
}

// The first message has failed so often that it is due for the longest time whenever it is due.
func TestAMessageThatCannotBeDeliveredHoldsUpNoOther(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	to.answer("poison", errors.New("never"))
	box := outbox.New(db.DB, to.deliver)
	run(t, box)
	add(t, db, box, "poison")
	to.await(t, "poison")
	for _, text := range []string{"one", "two", "three"} {
		add(t, db, box, text)
		to.await(t, text)
	}
	to.await(t, "poison")
	if got := count(t, db); got != 1 {
		t.Errorf("got %d messages, want the one that cannot be delivered", got)
	}
}

func TestAWorkerThatIsStoppedMidwayLeavesTheMessageToAnother(t *testing.T) {
	db := databasetest.Open(t, migrations)
	arrived := make(chan struct{})
	slow := outbox.New(db.DB, func(ctx context.Context, _ string) error {
		close(arrived)
		<-ctx.Done()
		return ctx.Err()
	})
	stop := run(t, slow)
	add(t, db, slow, "hello")
	<-arrived
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the worker took %s to stop", took)
	}
	to := newPeer()
	run(t, outbox.New(db.DB, to.deliver))
	to.await(t, "hello")
	awaitEmpty(t, db)
}

// A worker that lost its connection after the delivery cannot acknowledge it: the message is delivered once more.
func TestAWorkerKilledBeforeTheAcknowledgementDeliversAgain(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	box := outbox.New(db.DB, func(ctx context.Context, text string) error {
		err := to.deliver(ctx, text)
		if len(to.got) == 1 {
			const kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
			return errors.Join(err, db.WithContext(ctx).Exec(kill).Error)
		}
		return err
	})
	run(t, box)
	add(t, db, box, "hello")
	awaitEmpty(t, db)
	if want := []string{"hello", "hello"}; !slices.Equal(to.got, want) {
		t.Errorf("got the deliveries %v, want %v", to.got, want)
	}
}

func TestTheWorkerOutlivesItsDatabase(t *testing.T) {
	server := databasetest.Separate(t)
	db := databasetest.Connect(t, server.Config("postgres"))
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	to := newPeer()
	box := outbox.New(db.DB, to.deliver)
	add(t, db, box, "hello")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	run(t, box)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	to.await(t, "hello")
	awaitEmpty(t, db)
}

func TestADeliveryBelongsToTheTraceOfItsRequest(t *testing.T) {
	db := databasetest.Open(t, migrations)
	delivered := make(chan trace.SpanContext, 1)
	box := outbox.New(db.DB, func(ctx context.Context, _ string) error {
		delivered <- trace.SpanContextFromContext(ctx)
		return nil
	})
	request := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	ctx := trace.ContextWithSpanContext(databasetest.Context(t), request)
	if err := box.Add(db.WithContext(ctx), "hello"); err != nil {
		t.Fatal(err)
	}
	run(t, box)
	if got := <-delivered; got.TraceID() != request.TraceID() {
		t.Errorf("the delivery is in the trace %s, want %s", got.TraceID(), request.TraceID())
	}
}

func TestTheOutboxIsMeasured(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	to.answer("hello", errors.New("not now"))
	box := outbox.New(db.DB, to.deliver)
	want := func(text string, names ...string) {
		t.Helper()
		if err := testutil.CollectAndCompare(box, strings.NewReader(text), names...); err != nil {
			t.Error(err)
		}
	}
	const header = `
		# HELP outbox_messages Messages that are not delivered yet. The replicas of a service share them: do not add up.
		# TYPE outbox_messages gauge
		`
	want(header+"outbox_messages 0\n", "outbox_messages")
	want(`
		# HELP outbox_oldest_message_age_seconds How long the oldest message has been waiting, 0 if there is none.
		# TYPE outbox_oldest_message_age_seconds gauge
		outbox_oldest_message_age_seconds 0
		`, "outbox_oldest_message_age_seconds")
	add(t, db, box, "hello")
	want(header+"outbox_messages 1\n", "outbox_messages")
	run(t, box)
	to.await(t, "hello")
	to.answer("hello", nil)
	awaitEmpty(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := testutil.CollectAndCount(box, "outbox_messages"); got != 0 {
		t.Errorf("got %d values without a database, want none", got)
	}
	if got := testutil.CollectAndCount(box, "outbox_deliveries_total"); got != 2 {
		t.Errorf("got %d kinds of deliveries without a database, want failed and acknowledged", got)
	}
}
