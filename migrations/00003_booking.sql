-- Orders in: what merchants book, what it costs them, and what the carrier offers.
--
-- Servers are at work meanwhile. For a moment the table of waybills is locked
-- against everybody, and who waits for such a lock has every push waiting behind
-- him: rather than that it gives up, and nothing has changed. A lock timeout here
-- says that somebody reads the table at length (a dump, a report) or holds some of
-- it; run the migration again when he is done.

-- +goose Up

SET LOCAL lock_timeout = '2s';

-- What is left to a merchant that pays in advance. One without a row here has a
-- monthly account, and nothing to use up. Hot: rows are kept few to a page.
CREATE TABLE quota (
    biz_id    text COLLATE "C" PRIMARY KEY REFERENCES merchant,
    remaining bigint NOT NULL CONSTRAINT quota_not_below_zero CHECK (remaining >= 0)
) WITH (fillfactor = 20);

-- What a booking said besides the ids. The token opens WeChat's calls about the
-- order; label is WaybillData as it was answered.
CREATE TABLE booking (
    biz_id      text COLLATE "C" NOT NULL,
    waybill_id  text COLLATE "C" NOT NULL,
    token       text NOT NULL,
    label       text NOT NULL,
    grams       bigint NOT NULL,
    length_mm   bigint NOT NULL,
    width_mm    bigint NOT NULL,
    height_mm   bigint NOT NULL,
    pieces      bigint NOT NULL,
    insured_fen bigint NOT NULL,

    PRIMARY KEY (biz_id, waybill_id)
);

-- Personal data, and nothing else is: who sends what to whom. Erased after
-- privacy.retention.
CREATE TABLE booking_contact (
    biz_id     text COLLATE "C" NOT NULL,
    waybill_id text COLLATE "C" NOT NULL,
    booked_at  timestamptz NOT NULL,
    sender     jsonb NOT NULL,
    receiver   jsonb NOT NULL,
    remark     text NOT NULL,
    goods      jsonb NOT NULL,

    PRIMARY KEY (biz_id, waybill_id)
);

-- For erasing: the oldest are at one end.
CREATE INDEX booking_contact_by_age ON booking_contact (booked_at);

-- What the carrier offers, and where. Servers keep a copy in memory and read it
-- again when the version has changed.
CREATE TABLE catalogue (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO catalogue (version) VALUES (1);

CREATE TABLE service (
    service_type bigint NOT NULL,
    service_name text COLLATE "C" NOT NULL,
    code         text COLLATE "C" NOT NULL,
    max_grams    bigint NOT NULL CHECK (max_grams > 0),
    max_side_mm  bigint NOT NULL CHECK (max_side_mm > 0),
    max_pieces   bigint NOT NULL CHECK (max_pieces > 0),
    max_insured_fen bigint NOT NULL CHECK (max_insured_fen >= 0),

    PRIMARY KEY (service_type, service_name)
);

-- Empty parts stand for everywhere; the most exact row decides.
CREATE TABLE area (
    province text COLLATE "C" NOT NULL,
    city     text COLLATE "C" NOT NULL,
    area     text COLLATE "C" NOT NULL,
    collects boolean NOT NULL,
    delivers boolean NOT NULL,

    PRIMARY KEY (province, city, area),
    CONSTRAINT parts_from_the_left CHECK ((province <> '' OR city = '') AND (city <> '' OR area = ''))
);

CREATE TABLE route (
    province text COLLATE "C" NOT NULL,
    city     text COLLATE "C" NOT NULL,
    area     text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    key      text NOT NULL,
    value    text NOT NULL,

    PRIMARY KEY (province, city, area, position),
    CONSTRAINT parts_from_the_left CHECK ((province <> '' OR city = '') AND (city <> '' OR area = ''))
);

-- Ranges of waybill numbers, WeChat's and the carrier's own. Servers lease blocks
-- of the carrier's: next is the first serial number that nobody has leased.
CREATE TABLE number_range (
    name        text COLLATE "C" PRIMARY KEY,
    prefix      text COLLATE "C" NOT NULL,
    width       integer NOT NULL,
    check_digit text NOT NULL,
    first       bigint NOT NULL CHECK (first >= 0),
    last        bigint NOT NULL,
    next        bigint NOT NULL,
    wechats     boolean NOT NULL,
    CONSTRAINT first_before_last CHECK (first <= last),
    CONSTRAINT next_in_range CHECK (next BETWEEN first AND last + 1)
);

-- Last, for the locks that the table is given are kept until the end. Pushes lock
-- waybills before merchants, and so does this.
ALTER TABLE waybill
    -- The identity of the push that booked the waybill, and whether it took one
    -- from the merchant's quota, which a cancel gives back.
    ADD COLUMN book_push bytea,
    ADD COLUMN from_quota boolean NOT NULL DEFAULT false,
    -- For what is written from now on; of what is there 00004 says so, which
    -- reads the whole table and locks nobody out.
    ADD CONSTRAINT book_push_is_sha256 CHECK (octet_length(book_push) = 32) NOT VALID,
    -- Each booking would lock the merchant's row to check this key. Whether the
    -- merchant exists is decided in the same transaction, and none is deleted.
    DROP CONSTRAINT waybill_biz_id_fkey;

-- +goose Down

-- What was booked is lost but for its waybill. The key is checked for every
-- waybill, and nobody gets at them meanwhile: the former program works with the
-- new schema, and going back to it needs no down.

SET LOCAL lock_timeout = '2s';

DROP TABLE number_range, route, area, service, catalogue, booking_contact, booking, quota;
ALTER TABLE waybill
    DROP COLUMN book_push,
    DROP COLUMN from_quota,
    ADD CONSTRAINT waybill_biz_id_fkey FOREIGN KEY (biz_id) REFERENCES merchant;
