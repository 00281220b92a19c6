-- +goose Up
-- Every change of a client sets a new revision. Existing clients get one from the default.
ALTER TABLE clients ADD COLUMN revision uuid NOT NULL DEFAULT gen_random_uuid();
