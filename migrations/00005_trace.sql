-- The carrier's own systems: what they report of each parcel, which services a
-- merchant's contract covers, and the record of pushes by time.
--
-- Servers are at work meanwhile. A push locks waybills, then merchants, then the
-- record, and so does this: in another order each would wait for the other. The
-- tables are locked against everybody for a moment, or the migration gives up after
-- the timeout, when nothing has changed: run it again then.

-- +goose Up

SET LOCAL lock_timeout = '2s';

-- When the first scan was recorded.
ALTER TABLE waybill ADD COLUMN traced_at timestamptz;

-- Codes of services; null: all that there are.
ALTER TABLE merchant ADD COLUMN services text[] COLLATE "C";

CREATE INDEX push_by_time ON push (at, id);

-- Scans, as they were reported. Rows are added and never changed. All of a
-- waybill have the time when the first of them was recorded, and so stand in one
-- month's partition, where a key is unique.
CREATE TABLE scan (
    biz_id      text COLLATE "C" NOT NULL,
    waybill_id  text COLLATE "C" NOT NULL,
    traced_at   timestamptz NOT NULL,
    key         text COLLATE "C" NOT NULL,
    -- WeChat's action_type.
    action      integer NOT NULL,
    at          timestamptz NOT NULL,
    message     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,

    PRIMARY KEY (biz_id, waybill_id, traced_at, key)
) PARTITION BY RANGE (traced_at);

-- Catches what no month's partition takes.
CREATE TABLE scan_default PARTITION OF scan DEFAULT;

-- +goose Down

SET LOCAL lock_timeout = '2s';

ALTER TABLE waybill DROP COLUMN traced_at;
ALTER TABLE merchant DROP COLUMN services;
DROP INDEX push_by_time;
DROP TABLE scan;
