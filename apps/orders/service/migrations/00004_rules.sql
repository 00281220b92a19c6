-- +goose Up
-- What the service checks in requests, for those who come to the table another way.
ALTER TABLE orders ADD CONSTRAINT client_tax_code CHECK (client_tax_code ~ '^[A-Za-z0-9]{1,32}$');
