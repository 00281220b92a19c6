-- +goose Up
-- The answers to orders that were created with a key. The order may be deleted and its answer stays, so nothing here
-- refers to it. An answer holds the client's tax code, which stays for that day even if the order and the client go.
CREATE TABLE idempotency_keys (
    key         text        PRIMARY KEY CHECK (key ~ '^[!-~]{1,255}$'),
    fingerprint bytea       NOT NULL,
    order_id    uuid        NOT NULL,
    answer      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);
