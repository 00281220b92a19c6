-- +goose Up
CREATE TABLE orders (
    id              uuid        PRIMARY KEY,
    client_tax_code text        NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);

-- Lists are newest first, of all clients or of one.
CREATE INDEX orders_newest ON orders (created_at DESC, id DESC);
CREATE INDEX orders_newest_of_client ON orders (client_tax_code, created_at DESC, id DESC);

-- Products are in another service's database, so the code cannot be a foreign key.
CREATE TABLE order_products (
    order_id   uuid        NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    code       uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, code)
);
