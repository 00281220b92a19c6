-- +goose Up
-- A tax code may be used again after its client was deleted. When the client was created tells such clients apart.
-- It is null in orders that are older than this column: those belong to the client that has the tax code now, since
-- until now a client was deleted after its orders.
ALTER TABLE orders ADD COLUMN client_created_at timestamptz;

-- Clients that are deleted. An order whose client was there when it was asked for, and is gone when the order would be
-- stored, is refused because of the row here.
CREATE TABLE deleted_clients (
    tax_code   text        NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tax_code, created_at)
);
CREATE INDEX deleted_clients_oldest ON deleted_clients (deleted_at);
