-- +goose Up
-- The same rules as for requests, for writes that bypass the service.
ALTER TABLE orders ADD CONSTRAINT client_tax_code CHECK (client_tax_code ~ '^[A-Za-z0-9]{1,32}$');
