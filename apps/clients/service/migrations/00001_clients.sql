-- +goose Up
CREATE TABLE clients (
    tax_code   text        PRIMARY KEY,
    first_name text        NOT NULL,
    last_name  text        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Lists are newest first.
CREATE INDEX clients_newest ON clients (created_at DESC, tax_code DESC);
