-- +goose Up
-- The same rules as for requests, for writes that bypass the service.
ALTER TABLE products
    ADD CONSTRAINT name CHECK (name ~ '\S' AND char_length(name) <= 200);
