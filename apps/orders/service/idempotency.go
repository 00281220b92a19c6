package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// idempotencyKey records the answer to a request with the header Idempotency-Key, so that the same request gets the same
// answer again (draft-ietf-httpapi-idempotency-key-header).
type idempotencyKey struct {
	Key string `gorm:"primaryKey"`
	// Fingerprint identifies the body of the request.
	Fingerprint []byte
	OrderID     uuid.UUID
	// Answer is the JSON of the order when it was created. A replay decodes and encodes it, which returns the same bytes in
	// one version of the service. During a rolling update, an older replica drops the members that only a newer one has.
	Answer string
}

// newKey returns the record of a request that creates an order.
func newKey(key string, request newOrder, order Order) (idempotencyKey, error) {
	text, err := json.Marshal(order)
	if err != nil {
		return idempotencyKey{}, fmt.Errorf("encode the order: %w", err)
	}
	sum, err := fingerprint(request)
	return idempotencyKey{Key: key, Fingerprint: sum, OrderID: order.ID, Answer: string(text)}, err
}

// fingerprint hashes the decoded body, so that the same body with other white space is the same request.
func fingerprint(request newOrder) ([]byte, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// recall returns the order that an earlier request with the key created, nil if there is none. It returns a 422 if that
// request had another body.
func recall(db *gorm.DB, key string, request newOrder) (*Order, error) {
	if key == "" {
		return nil, nil
	}
	var earlier idempotencyKey
	err := db.Take(&earlier, "key = ?", key).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look up the idempotency key: %w", err)
	}
	sum, err := fingerprint(request)
	if err != nil {
		return nil, err
	}
	return earlier.order(sum)
}

// remember records that a request with the key creates the order. If another request with the key was faster, it returns
// that request's order, or an error if the record has been deleted since: without a record, a retry would create a second
// order. PostgreSQL waits for a concurrent transaction that inserts the same key.
func remember(tx *gorm.DB, key string, request newOrder, order Order) (earlier *Order, err error) {
	if key == "" {
		return nil, nil
	}
	record, err := newKey(key, request, order)
	if err != nil {
		return nil, err
	}
	inserted := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&record)
	if inserted.Error != nil || inserted.RowsAffected == 1 {
		return nil, inserted.Error
	}
	earlier, err = recall(tx, key, request)
	if err == nil && earlier == nil {
		err = problem.New(http.StatusServiceUnavailable, "The idempotency key expired during the request. Send the request again.").
			Because(errors.New("the record of the idempotency key was deleted during the request"))
	}
	return earlier, err
}

// order returns the recorded order, or a 422 if the fingerprint differs.
func (k idempotencyKey) order(fingerprint []byte) (*Order, error) {
	if !bytes.Equal(k.Fingerprint, fingerprint) {
		return nil, problem.Invalid(problem.Field{
			Name:   "Idempotency-Key",
			Detail: "It was already used with another body. Use a new key for a new order.",
		})
	}
	var order Order
	if err := json.Unmarshal([]byte(k.Answer), &order); err != nil {
		return nil, fmt.Errorf("decode the recorded order: %w", err)
	}
	return &order, nil
}
