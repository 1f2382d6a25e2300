-- What 00003 asks of waybills holds for those from before it too. That reads the
-- whole table, which may take minutes, and pushes go on meanwhile: the lock keeps
-- out only what changes the table itself, and VACUUM. An autovacuum gives way in a
-- second (deadlock_timeout); for another, wait, and run the migration again.

-- +goose Up

SET LOCAL lock_timeout = '2s';

ALTER TABLE waybill VALIDATE CONSTRAINT book_push_is_sha256;

-- +goose Down

-- Nothing: what was found to hold does.
