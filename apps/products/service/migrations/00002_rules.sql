-- +goose Up
-- What the service checks in requests, for those who come to the table another way.
ALTER TABLE products
    ADD CONSTRAINT name CHECK (name ~ '\S' AND char_length(name) <= 200);
