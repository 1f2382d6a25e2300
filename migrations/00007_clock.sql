-- What is known of the database's clock, by which old data is erased.
--
-- The table is new, and nobody waits. The former program does not know it and erases
-- as before.

-- +goose Up

SET LOCAL lock_timeout = '2s';

-- At most one row. No row: nothing was checked yet.
CREATE TABLE clock (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Until when the clock was right, as far as the servers know: the time of their
    -- last check, or of what was the newest row when doubt began.
    checked_at timestamptz,
    -- The database's time when somebody said that it is right.
    trusted_at timestamptz
);

-- +goose Down

SET LOCAL lock_timeout = '2s';

DROP TABLE clock;
