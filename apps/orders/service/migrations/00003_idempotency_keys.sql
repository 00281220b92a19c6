-- +goose Up
-- The answers to requests that created an order with a key. An answer outlives its order, so there is no foreign key. It
-- holds the client's tax code, which therefore stays for a day after the order and the client are deleted.
CREATE TABLE idempotency_keys (
    key         text        PRIMARY KEY CHECK (key ~ '^[!-~]{1,255}$'),
    fingerprint bytea       NOT NULL,
    order_id    uuid        NOT NULL,
    answer      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);
