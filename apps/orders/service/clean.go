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
	// cleanBatch limits the rows of one deletion, so that its locks are short. The next deletion takes the rest.
	cleanBatch = 1000
)

// expired maps tables to the statements that delete their old rows. An idempotency key is kept for a day, longer than any
// caller repeats a request. A deleted client is needed only while a request lasts; it is kept as long for simplicity.
var expired = map[string]string{
	"idempotency_keys": `DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys
		WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
	"deleted_clients": `DELETE FROM deleted_clients WHERE (tax_code, created_at) IN (SELECT tax_code, created_at
		FROM deleted_clients WHERE deleted_at < now() - interval '24 hours' ORDER BY deleted_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
}

// clean deletes expired rows now and every hour, until ctx ends. Replicas may run it concurrently: they skip locked rows. The
// next run makes up for a failure.
func (s orders) clean(ctx context.Context) error {
	ticker := time.NewTicker(cleanEvery)
	defer ticker.Stop()
	for {
		for table, statement := range expired {
			if err := cleanAll(ctx, s.db, statement); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "cannot delete expired rows", "table", table, "error", err)
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
		return 0, fmt.Errorf("delete expired rows: %w", result.Error)
	}
	return result.RowsAffected, nil
}
