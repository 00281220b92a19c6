package outbox_test

import (
	"errors"
	"slices"
	"testing"

	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

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

func TestAnUndeliverableMessageDoesNotBlockOthers(t *testing.T) {
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

// Messages that always fail are older than others, and would always be first.
func TestTheMessageThatHasBeenDueLongestIsNext(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	box := outbox.New(db.DB, to.deliver)
	add(t, db, box, "first", "second")
	const turn = `UPDATE outbox_messages SET next_attempt_at = now() - CASE payload WHEN '"first"' THEN interval '1 second' ELSE interval '2 seconds' END`
	if err := db.WithContext(databasetest.Context(t)).Exec(turn).Error; err != nil {
		t.Fatal(err)
	}
	run(t, box)
	awaitEmpty(t, db)
	if want := []string{"second", "first"}; !slices.Equal(to.got, want) {
		t.Errorf("got the deliveries %v, want %v", to.got, want)
	}
}
