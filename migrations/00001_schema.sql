-- The whole schema: express parcels, instant delivery, and what both share.
--
-- Keys start with biz_id or shop_id. Ids are compared byte by byte (COLLATE "C"), so
-- that the database and the program sort them alike: rows are locked in that order.
-- Where a name has a constraint of its own, the program or a test matches it.

-- +goose Up

-- Fail rather than wait: pushes would queue behind a migration that waits for a lock.
SET LOCAL lock_timeout = '2s';

-- Merchants and their waybills.

CREATE TYPE waybill_status AS ENUM (
    'booked', 'collected', 'in_transit', 'out_for_delivery', 'signed', 'cancelled'
);

CREATE TABLE merchant (
    biz_id         text COLLATE "C" PRIMARY KEY
                   CONSTRAINT biz_id_is_an_id CHECK (octet_length(biz_id) BETWEEN 1 AND 128),
    -- A slow hash. Empty: any password is accepted. It has no default, so that no row
    -- is like that by omission.
    password_hash  text NOT NULL,
    cancel_allowed boolean NOT NULL DEFAULT true,
    -- Codes of the services in the contract. Null: all that exist.
    services       text[] COLLATE "C",
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- What is left to a merchant that pays in advance. A merchant without a row has a
-- monthly account. Every booking writes here: few rows share a page, so that new row
-- versions stay on it.
CREATE TABLE quota (
    biz_id    text COLLATE "C" PRIMARY KEY REFERENCES merchant,
    remaining bigint NOT NULL CONSTRAINT quota_not_below_zero CHECK (remaining >= 0)
) WITH (fillfactor = 20);

-- Merchants that bind their accounts, where the carrier's people review them
-- (merchants.review): a row for each mini program of the merchant's at each of the
-- carrier's. Rows are never deleted: who was passed stays so.
CREATE TABLE merchant_review (
    biz_id       text COLLATE "C" NOT NULL,
    -- The merchant's mini program.
    shop_app_id  text COLLATE "C" NOT NULL,
    -- The user name of the carrier's mini program.
    account      text COLLATE "C" NOT NULL DEFAULT '',
    state        text COLLATE "C" NOT NULL CONSTRAINT state_is_known CHECK (state IN ('pending', 'passed', 'failed')),
    -- When it became pending, the last time.
    requested_at timestamptz NOT NULL,
    -- The identity of the push that wanted it, the last one: the same push again opens no
    -- review that has failed.
    push         bytea NOT NULL CONSTRAINT push_is_sha256 CHECK (octet_length(push) = 32),
    -- Of the decision that holds: when, and the name of the API token.
    decided_at   timestamptz,
    decided_by   text NOT NULL DEFAULT '',
    -- Why it failed, as the merchant reads it.
    message      text NOT NULL DEFAULT '',
    -- How many decisions there were. The event of each has the number in its id.
    decisions    integer NOT NULL DEFAULT 0,

    PRIMARY KEY (biz_id, shop_app_id, account),
    CONSTRAINT decided_has_time CHECK ((state = 'pending') = (decided_at IS NULL) AND (state = 'pending' OR decisions > 0)),
    CONSTRAINT failed_has_message CHECK (message = '' OR state = 'failed')
);

-- For pages of those that wait, and of each other state.
CREATE INDEX merchant_review_by_state ON merchant_review (state, requested_at, biz_id, shop_app_id, account);

-- A waybill is written several times. With free space on the page the new row version
-- stays beside the old one and no index changes.
--
-- biz_id references no merchant: each booking would lock the merchant's row to check
-- the key. The same transaction decides whether the merchant exists, and merchants are
-- never deleted.
CREATE TABLE waybill (
    biz_id        text COLLATE "C" NOT NULL,
    waybill_id    text COLLATE "C" NOT NULL,
    order_id      text COLLATE "C" NOT NULL,
    shop_app_id   text COLLATE "C" NOT NULL DEFAULT '',
    service       text COLLATE "C" NOT NULL DEFAULT '',
    status        waybill_status NOT NULL DEFAULT 'booked',
    booked_at     timestamptz NOT NULL DEFAULT now(),
    collected_at  timestamptz,
    charged_at    timestamptz,
    signed_at     timestamptz,
    cancelled_at  timestamptz,
    -- When the first scan was stored. All scans of the waybill have it in their key.
    first_scan_at timestamptz,
    -- The identity of the push that booked the waybill, and of the push that cancelled
    -- it: the same push again gets the same answer.
    book_push     bytea,
    cancel_push   bytea,
    -- Whether the booking used the merchant's quota. A cancel gives it back.
    from_quota    boolean NOT NULL DEFAULT false,
    -- The user name of the mini program whose push booked the waybill: WeChat's calls about
    -- it are that one's. Empty: booked elsewhere.
    account       text COLLATE "C" NOT NULL DEFAULT '',

    PRIMARY KEY (biz_id, waybill_id),
    -- The same order always has the same waybill.
    CONSTRAINT order_has_one_waybill UNIQUE (biz_id, order_id),
    -- Numbers are unique for the carrier, not only for the merchant.
    CONSTRAINT waybill_number_is_unique UNIQUE (waybill_id),

    CONSTRAINT ids_are_ids CHECK (
        octet_length(waybill_id) BETWEEN 1 AND 128
        AND octet_length(order_id) BETWEEN 1 AND 512
        AND octet_length(shop_app_id) <= 128
        AND octet_length(service) <= 128),
    CONSTRAINT cancelled_has_time CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT signed_has_time CHECK ((status = 'signed') = (signed_at IS NOT NULL)),
    CONSTRAINT booked_is_not_collected CHECK (status <> 'booked' OR collected_at IS NULL),
    CONSTRAINT cancel_push_cancelled CHECK (
        cancel_push IS NULL OR (status = 'cancelled' AND octet_length(cancel_push) = 32)),
    CONSTRAINT book_push_is_sha256 CHECK (octet_length(book_push) = 32)
) WITH (fillfactor = 80);

-- What a booking said besides the ids. WeChat's calls about the order carry the token;
-- label is WaybillData as it was answered.
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

-- The personal data of a booking, all of it: who sends what to whom. Erased after
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

-- For erasing: the oldest rows are at one end.
CREATE INDEX booking_contact_by_age ON booking_contact (booked_at);

-- Scans, as the carrier's systems sent them. Rows are added and never changed. All
-- scans of a waybill have the time when the first was stored, and so are in one
-- month's partition, where a key is unique.
CREATE TABLE scan (
    biz_id        text COLLATE "C" NOT NULL,
    waybill_id    text COLLATE "C" NOT NULL,
    first_scan_at timestamptz NOT NULL,
    key           text COLLATE "C" NOT NULL,
    -- WeChat's action_type.
    action        integer NOT NULL,
    at            timestamptz NOT NULL,
    message       text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    -- The name of the API token.
    recorded_by   text NOT NULL,

    PRIMARY KEY (biz_id, waybill_id, first_scan_at, key)
) PARTITION BY RANGE (first_scan_at);

-- Takes what has no month's partition, so that no scan fails for want of one. The
-- program makes the months.
CREATE TABLE scan_default PARTITION OF scan DEFAULT;

-- What the carrier offers, and where. Servers keep a copy in memory and read it again
-- when the version has changed.

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

-- An empty part matches everything; the row with most parts decides.
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

-- Ranges of waybill numbers, WeChat's and the carrier's own. Servers lease blocks of
-- the carrier's: next is the first serial number that is not leased.
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

-- Instant delivery: shops, their orders, and each attempt to deliver one.

-- Who may order. Each push is verified with the secret itself, so it cannot be hashed:
-- it is encrypted with delivery.key for this shop, and useless without that key.
CREATE TABLE shop (
    shop_id    text COLLATE "C" PRIMARY KEY
               CONSTRAINT shop_id_is_an_id CHECK (octet_length(shop_id) BETWEEN 1 AND 128),
    secret     bytea NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The row that is locked: whoever has its lock may write everything of the order.
-- Pushes and status reports lock orders in transactions of their own, never together
-- with waybills.
CREATE TABLE delivery_order (
    shop_id  text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    -- The shop's branch. An order never moves to another one.
    shop_no  text COLLATE "C" NOT NULL,
    -- The number of the last attempt.
    attempt  integer NOT NULL CONSTRAINT attempt_is_counted CHECK (attempt BETWEEN 1 AND 100),

    PRIMARY KEY (shop_id, order_id),
    CONSTRAINT ids_are_ids CHECK (octet_length(shop_id) BETWEEN 1 AND 128 AND octet_length(order_id) BETWEEN 1 AND 128)
);

-- Each time that an order was placed. Rows are never deleted, and written several
-- times. The pushes are stored by identity: the same push again gets the same answer.
CREATE TABLE delivery_attempt (
    shop_id       text COLLATE "C" NOT NULL,
    order_id      text COLLATE "C" NOT NULL,
    attempt       integer NOT NULL,
    waybill_id    text COLLATE "C" NOT NULL,
    -- The push that placed it, and WeChat's token for calls about it.
    push          bytea NOT NULL,
    wx_token      text NOT NULL,
    placed_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- The order was placed again after no rider had accepted in time.
    expired       boolean NOT NULL DEFAULT false,
    -- WeChat's order_status.
    status        integer NOT NULL,
    status_at     timestamptz NOT NULL,
    -- What the carrier said with the status. May be personal; erased with the step's.
    message       text NOT NULL,
    -- What it costs, as it was placed. Money is in fen.
    deliver_fen   bigint NOT NULL,
    coupon_fen    bigint NOT NULL,
    insurance_fen bigint NOT NULL,
    metres        bigint NOT NULL,
    tips_fen      bigint NOT NULL,
    -- The codes of receiver and rider at the door. 0: none.
    finish_code   integer NOT NULL,
    pickup_code   integer NOT NULL,
    -- The tip now, and the push that raised it last.
    tips_now_fen  bigint NOT NULL,
    tip_push      bytea,
    -- The push that cancelled it, its reason (WeChat's cancel_reason_id; 0: none), and
    -- what the cancel cost.
    cancel_push   bytea,
    cancel_reason integer NOT NULL DEFAULT 0
                  CONSTRAINT cancel_reason_is_known CHECK (cancel_reason BETWEEN 0 AND 6),
    deducted_fen  bigint NOT NULL DEFAULT 0,
    -- The push that confirmed that the goods are back.
    return_push   bytea,
    -- The user name of the mini program whose push placed it.
    account       text COLLATE "C" NOT NULL DEFAULT '',

    PRIMARY KEY (shop_id, order_id, attempt),
    -- Numbers are unique for the carrier. The program compares them with those of
    -- waybills when it gives one.
    CONSTRAINT delivery_number_is_unique UNIQUE (waybill_id),
    CONSTRAINT number_is_an_id CHECK (octet_length(waybill_id) BETWEEN 1 AND 128),
    CONSTRAINT attempt_is_counted CHECK (attempt BETWEEN 1 AND 100),
    CONSTRAINT status_is_known CHECK (status IN
        (101, 102, 103, 201, 202, 203, 204, 205, 301, 302, 303, 304, 305, 401, 501, 502)),
    CONSTRAINT expired_waited CHECK (NOT expired OR status = 101),
    CONSTRAINT pushes_are_sha256 CHECK (octet_length(push) = 32 AND octet_length(tip_push) = 32
        AND octet_length(cancel_push) = 32 AND octet_length(return_push) = 32),
    CONSTRAINT nothing_below_zero CHECK (least(deliver_fen, coupon_fen, insurance_fen, metres, tips_fen, tips_now_fen, deducted_fen) >= 0
        AND coupon_fen <= deliver_fen),
    CONSTRAINT codes_have_four_digits CHECK (
        (finish_code = 0 OR finish_code BETWEEN 1000 AND 9999) AND (pickup_code = 0 OR pickup_code BETWEEN 1000 AND 9999))
) WITH (fillfactor = 80);

-- How an attempt came to its status. Rows are added and not changed, except that message
-- and agent are erased after privacy.retention. Serial numbers give the order, because a
-- clock may be set back.
CREATE TABLE delivery_step (
    shop_id     text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    attempt     integer NOT NULL,
    serial      integer NOT NULL,
    status      integer NOT NULL,
    at          timestamptz NOT NULL,
    message     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- The name of the API token, or push.
    recorded_by text NOT NULL,
    -- The rider, with a name and a telephone. Null: not named, or erased.
    agent       jsonb,
    -- When the carrier expected to deliver. Null: it did not say.
    expected_at timestamptz,

    PRIMARY KEY (shop_id, order_id, attempt, serial),
    CONSTRAINT status_is_known CHECK (status IN
        (101, 102, 103, 201, 202, 203, 204, 205, 301, 302, 303, 304, 305, 401, 501, 502))
);

-- For erasing: rows of which that was erased are not in it.
CREATE INDEX delivery_step_by_age ON delivery_step (recorded_at) WHERE message <> '' OR agent IS NOT NULL;

-- Personal data: from whom, to whom, and what. Erased privacy.retention after the
-- attempt's expires_at, so that an order placed far ahead keeps its address until it
-- is delivered. Afterwards the order cannot be placed again.
CREATE TABLE delivery_details (
    shop_id    text COLLATE "C" NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    attempt    integer NOT NULL,
    expires_at timestamptz NOT NULL,
    details    jsonb NOT NULL,

    PRIMARY KEY (shop_id, order_id, attempt)
);

-- For erasing: the oldest rows are at one end.
CREATE INDEX delivery_details_by_age ON delivery_details (expires_at);

-- The ledger of pushes: what was pushed and how it was answered, for ever or for
-- ledger.retention. Rows are added and never changed. No password, no OpenID, nothing
-- personal.
CREATE TABLE push (
    biz_id     text COLLATE "C" NOT NULL,
    waybill_id text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL,
    id         bigint NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    event      text COLLATE "C" NOT NULL,
    format     text COLLATE "C" NOT NULL,
    mode       text COLLATE "C" NOT NULL,
    identity   bytea NOT NULL,
    -- The result code of the answer; null for an event that has none.
    result_code integer,
    -- Our own reason for it; see the runbook.
    reason     text COLLATE "C" NOT NULL,
    repeat     boolean NOT NULL,
    -- From the first byte to the decision, in microseconds.
    took_us    integer NOT NULL,
    -- The user name of the mini program that it was for.
    account    text COLLATE "C" NOT NULL DEFAULT '',

    PRIMARY KEY (biz_id, waybill_id, at, id),
    CONSTRAINT identity_is_sha256 CHECK (octet_length(identity) = 32)
) PARTITION BY RANGE (at);

-- Takes what has no month's partition, so that no push fails for want of one. The
-- program makes the months.
CREATE TABLE push_default PARTITION OF push DEFAULT;

CREATE INDEX push_by_time ON push (at, id);

-- Pushes about an order of instant delivery, also those that were refused and have no
-- waybill.
CREATE INDEX push_by_delivery ON push (biz_id, order_id, at, id)
    WHERE event LIKE 'transport\_%'
        OR event IN ('get_pre_auth_code', 'get_auth_info', 'cancel_auth_account', 'mock_update_order_status');

-- What the signatures of plain pushes were used for. Such a signature covers no body,
-- and is bound to the first body that changed something. Logged, so that a binding
-- survives a crash or a failover, after which pushes come again.
CREATE TABLE bound_signature (
    -- Hashes, as 16 bytes of the type of that length: of the signature, which is
    -- usable until it is bound, and of the push's members.
    signature uuid PRIMARY KEY,
    body      uuid NOT NULL,
    -- No index: each push would write it, and maintenance reads the whole table.
    bound_at  timestamptz NOT NULL DEFAULT now()
);

-- Events: decided facts that the carrier's systems are told of. Rows are added and never
-- changed. Partitions are by day; see docs/events.md and docs/decisions/013-events.md.

-- The order of a parcel's events: a transaction takes its positions while it has the
-- parcel's lock. It is not the order of commits. No cache: a session that takes positions
-- in advance would use them late.
CREATE SEQUENCE event_position AS bigint;

CREATE TABLE event (
    position bigint NOT NULL DEFAULT nextval('event_position'),
    at       timestamptz NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    -- What events are in order for: a waybill, an order, a merchant.
    parcel   text COLLATE "C" NOT NULL,
    id       uuid NOT NULL,
    -- As it is sent, byte for byte.
    body     text NOT NULL,

    PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);

-- Takes what has no day's partition, so that no push fails for want of one. The program
-- makes the days.
CREATE TABLE event_default PARTITION OF event DEFAULT;

-- Four bytes a row and no order: it costs the pushes least.
CREATE INDEX event_by_parcel ON event USING hash (parcel);

-- The one history that positions belong to. After a restore there is another.
CREATE TABLE event_epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Events up to here may have been dropped, being old.
    dropped bigint NOT NULL DEFAULT 0
);
INSERT INTO event_epoch DEFAULT VALUES;

-- How far each server has read. Its commit comes after those of all events up to there, so
-- a synchronous standby that has it has them.
CREATE TABLE event_server (
    server   uuid PRIMARY KEY,
    position bigint NOT NULL,
    -- Counts the server's commits: a database that has gone back has a lower one.
    tick     bigint NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 20);

-- Endpoints of the configuration, by name, and which server delivers to each.
CREATE TABLE event_endpoint (
    name         text COLLATE "C" PRIMARY KEY,
    -- Events up to here are delivered, or in event_retry or event_dead.
    position     bigint NOT NULL,
    -- Events up to here are not for it: it was not there yet.
    first_position bigint NOT NULL DEFAULT 0,
    leased_by    uuid,
    leased_until timestamptz,
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(), -- in a configuration
    paused_at    timestamptz,
    paused_by    text NOT NULL DEFAULT '', -- the name of the API token
    disabled_at  timestamptz,
    -- Since when it fails, and gets one request at a time; null: it works.
    failing_since timestamptz,
    -- Of the last request that failed: its status or kind of error, and when.
    last_failure   text NOT NULL DEFAULT '',
    last_failed_at timestamptz
) WITH (fillfactor = 20);

-- What an endpoint did not take at once, and what waits behind it.
CREATE TABLE event_retry (
    endpoint  text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    at        timestamptz NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    parcel    text COLLATE "C" NOT NULL,
    id        uuid NOT NULL,
    body      text NOT NULL,
    attempts  integer NOT NULL,
    -- When it was sent first. Null: not yet.
    first_at  timestamptz,
    -- Infinity: an earlier one of its parcel is not delivered.
    next_at   timestamptz NOT NULL,
    last_failure text NOT NULL,

    PRIMARY KEY (endpoint, position)
) WITH (fillfactor = 70);
CREATE INDEX event_retry_due ON event_retry (endpoint, next_at, position);
CREATE INDEX event_retry_by_parcel ON event_retry (endpoint, parcel, position);

-- What was given up. It stays until somebody decides, or for 90 days.
CREATE TABLE event_dead (
    endpoint  text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    at        timestamptz NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    parcel    text COLLATE "C" NOT NULL,
    id        uuid NOT NULL,
    body      text NOT NULL,
    attempts  integer NOT NULL,
    died_at   timestamptz NOT NULL,
    last_failure text NOT NULL,

    PRIMARY KEY (endpoint, position)
);
CREATE INDEX event_dead_by_parcel ON event_dead (endpoint, parcel);
CREATE INDEX event_dead_by_age ON event_dead (died_at);

-- The access token of each mini program that WeChat is called for, the same on all
-- servers. Who replaces it locks the row while it calls WeChat.
CREATE TABLE wechat_token (
    app_id     text COLLATE "C" PRIMARY KEY,
    -- Sealed with the mini program's AppSecret. Empty: there is none yet.
    token      bytea NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- What is known of the database's clock, by which old data is erased. One row, or none
-- before the first check.
CREATE TABLE clock (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Until when the clock was right, as far as the servers know: the time of their
    -- last check, or of the newest row when doubt began.
    checked_at timestamptz,
    -- The database's time when an operator confirmed that it is right.
    trusted_at timestamptz
);

-- +goose Down

SET LOCAL lock_timeout = '2s';

DROP TABLE clock, wechat_token, event_dead, event_retry, event_endpoint, event_server, event_epoch, event, bound_signature, push, delivery_details, delivery_step, delivery_attempt, delivery_order, shop,
    number_range, route, area, service, catalogue, scan, booking_contact, booking, waybill, merchant_review, quota, merchant;
DROP SEQUENCE event_position;
DROP TYPE waybill_status;
