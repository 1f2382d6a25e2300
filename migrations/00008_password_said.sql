-- A merchant whose row says nothing of a password is refused: the empty hash, with
-- which any password is taken, is there on purpose only.
--
-- Nobody waits. Every program names the column.

-- +goose Up

SET LOCAL lock_timeout = '2s';

ALTER TABLE merchant ALTER COLUMN password_hash DROP DEFAULT;

-- +goose Down

SET LOCAL lock_timeout = '2s';

ALTER TABLE merchant ALTER COLUMN password_hash SET DEFAULT '';
