package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// answer is what a request to create an order is answered with. That of a request with a key is kept, so that the same
// request has the same answer (draft-ietf-httpapi-idempotency-key-header).
type answer struct {
	Key string `gorm:"primaryKey"`
	// Fingerprint tells whether two requests with one key are the same.
	Fingerprint []byte
	OrderID     uuid.UUID
	// Answer is the order in JSON.
	Answer string
}

// TableName tells gorm where answers are kept.
func (answer) TableName() string { return "idempotency_keys" }

func answerTo(key string, request newOrder, order Order) (*answer, error) {
	text, err := json.Marshal(order)
	if err != nil {
		return nil, fmt.Errorf("write order: %w", err)
	}
	sum, err := fingerprint(request)
	return &answer{Key: key, Fingerprint: sum, OrderID: order.ID, Answer: string(text)}, err
}

// fingerprint is of what was understood, not of the bytes that were sent: a space more is the same request.
func fingerprint(request newOrder) ([]byte, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("write the request again: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// recall returns the answer that was given to the key, nil if there is none yet. A key that was used for another
// request is a 422.
func recall(db *gorm.DB, key string, request newOrder) (*answer, error) {
	if key == "" {
		return nil, nil
	}
	var given answer
	err := db.Take(&given, "key = ?", key).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for the idempotency key: %w", err)
	}
	sum, err := fingerprint(request)
	if err != nil {
		return nil, err
	}
	return &given, given.mustBeTo(sum)
}

// remember keeps the answer and reports true, or replaces it by the one that was kept before and reports false. While
// another transaction is about to keep an answer to the same key, PostgreSQL lets this one wait for its end.
func remember(tx *gorm.DB, given *answer) (first bool, err error) {
	if given.Key == "" {
		return true, nil
	}
	kept := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(given)
	if kept.Error != nil || kept.RowsAffected == 1 {
		return true, kept.Error
	}
	wanted := given.Fingerprint
	if err := tx.Take(given, "key = ?", given.Key).Error; err != nil {
		return false, err
	}
	return false, given.mustBeTo(wanted)
}

func (a *answer) mustBeTo(fingerprint []byte) error {
	if bytes.Equal(a.Fingerprint, fingerprint) {
		return nil
	}
	return problem.Invalid(problem.Field{
		Name:   "Idempotency-Key",
		Detail: "It was sent with another body before. Take a new key for a new order.",
	})
}
