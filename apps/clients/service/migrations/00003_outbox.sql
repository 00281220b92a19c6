-- +goose Up
-- Undelivered messages to orders, see internal/outbox.
CREATE TABLE outbox_messages (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload         jsonb       NOT NULL,
    traceparent     text        NOT NULL,
    attempts        int         NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    next_attempt_at timestamptz NOT NULL DEFAULT now()
);

-- The worker takes the message that has been due for the longest time.
CREATE INDEX outbox_messages_due ON outbox_messages (next_attempt_at, id);
