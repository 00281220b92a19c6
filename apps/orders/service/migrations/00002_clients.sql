-- +goose Up
-- A tax code may be used again after its client was deleted; the time of the creation distinguishes such clients. It is
-- null in orders from before this column. Those belong to the client that has the tax code now, because clients used to
-- be deleted after their orders.
ALTER TABLE orders ADD COLUMN client_created_at timestamptz;

-- Deleted clients. A row here refuses an order whose client was deleted between its validation and its insert.
CREATE TABLE deleted_clients (
    tax_code   text        NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tax_code, created_at)
);
CREATE INDEX deleted_clients_oldest ON deleted_clients (deleted_at);
