-- A waybill is written several times in its life. With room left on its page the
-- new row goes beside the old one and no index changes; without, each change
-- touches a page of every index too, and a large table pays for that in its log.
--
-- Pages that are full already stay so; docs/deploying.md says how to make room.

-- +goose Up

ALTER TABLE waybill SET (fillfactor = 80);

-- +goose Down

ALTER TABLE waybill RESET (fillfactor);
