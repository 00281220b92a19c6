package service

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
)

const (
	cleanEvery   = time.Hour
	cleanTimeout = 5 * time.Second
	// cleanBatch bounds one deletion, so that its locks are short. What is left has the next one.
	cleanBatch = 1000
)

// expired are the rows that nobody will ask for. A key is kept for a day, longer than any caller repeats a request. A
// deleted client is of use for as long as a request takes, and has the same day.
var expired = map[string]string{
	"idempotency_keys": `DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys
		WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
	"deleted_clients": `DELETE FROM deleted_clients WHERE (tax_code, created_at) IN (SELECT tax_code, created_at
		FROM deleted_clients WHERE deleted_at < now() - interval '24 hours' ORDER BY deleted_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
}

// clean deletes what has expired, at once and every hour, until ctx ends. Replicas do it side by side: they skip rows
// that another one is deleting. A failure is for the next hour to make good.
func (s orders) clean(ctx context.Context) error {
	ticker := time.NewTicker(cleanEvery)
	defer ticker.Stop()
	for {
		for table, statement := range expired {
			if err := cleanAll(ctx, s.db, statement); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "what has expired was not deleted", "table", table, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func cleanAll(ctx context.Context, db *gorm.DB, statement string) error {
	for {
		deleted, err := cleanOnce(ctx, db, statement)
		if err != nil || deleted < cleanBatch {
			return err
		}
	}
}

func cleanOnce(ctx context.Context, db *gorm.DB, statement string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, cleanTimeout)
	defer cancel()
	result := db.WithContext(ctx).Exec(statement, cleanBatch)
	if result.Error != nil {
		return 0, fmt.Errorf("delete what has expired: %w", result.Error)
	}
	return result.RowsAffected, nil
}
