-- +goose Up
-- The same rules as for requests, for writes that bypass the service.
ALTER TABLE clients
    ADD CONSTRAINT tax_code   CHECK (tax_code ~ '^[A-Za-z0-9]{1,32}$'),
    ADD CONSTRAINT first_name CHECK (first_name ~ '\S' AND char_length(first_name) <= 100),
    ADD CONSTRAINT last_name  CHECK (last_name ~ '\S' AND char_length(last_name) <= 100);
