-- +goose Up
-- Every change of a client gives it a new one. Clients that are there get theirs from the default.
ALTER TABLE clients ADD COLUMN revision uuid NOT NULL DEFAULT gen_random_uuid();
