package outbox_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// migrations create the table of an outbox.
var migrations = os.DirFS("../../clients/service/migrations")

// peer receives messages. It refuses them while its answer is an error.
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
	select {
	case p.arrived <- text:
	default: // no test has waited for the last thousand
	}
	return p.refusing[text]
}

func (p *peer) answer(text string, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.refusing[text] = err
}

// await blocks until text is delivered.
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

// run runs the worker until stop is called. Stop waits for its end.
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

// awaitEmpty blocks until the deliveries are committed.
func awaitEmpty(t *testing.T, db *database.Database) {
	t.Helper()
	for begin := time.Now(); count(t, db) != 0; {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%d messages stay in the outbox", count(t, db))
		}
	}
}
