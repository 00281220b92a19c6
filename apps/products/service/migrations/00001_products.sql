-- +goose Up
CREATE TABLE products (
    code       uuid        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Lists are newest first.
CREATE INDEX products_newest ON products (created_at DESC, code DESC);
