-- Instant delivery: shops, their orders, and each attempt to deliver one.
--
-- Servers are at work meanwhile, and notice nothing: but for the record of pushes,
-- which comes last here as it does in a push, every table is new. Who finds the
-- record in use at length gives up after the timeout, when nothing has changed: run
-- it again then.

-- +goose Up

SET LOCAL lock_timeout = '2s';

-- Who may order. The secret is needed in clear for each push, to make its sign
-- again, and so it cannot be hashed: it is sealed under delivery.key, for this very
-- shop. The table alone opens nothing.
CREATE TABLE shop (
    shop_id    text COLLATE "C" PRIMARY KEY
               CONSTRAINT shop_id_is_an_id CHECK (octet_length(shop_id) BETWEEN 1 AND 128),
    secret     bytea NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- An order is what is locked: who has this row may write all that hangs on it.
-- Pushes and reports lock orders in transactions of their own, never together with
-- waybills.
CREATE TABLE delivery_order (
    shop_id  text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    -- The shop's own store. An order never goes to another one.
    shop_no  text COLLATE "C" NOT NULL,
    -- The number of the last attempt.
    attempt  integer NOT NULL CONSTRAINT attempt_is_counted CHECK (attempt BETWEEN 1 AND 100),

    PRIMARY KEY (shop_id, order_id),
    CONSTRAINT ids_are_ids CHECK (octet_length(shop_id) BETWEEN 1 AND 128 AND octet_length(order_id) BETWEEN 1 AND 128)
);

-- Each time that an order was placed. None is ever deleted. Written several times in
-- its life, so there is room for that on its page. The pushes are kept by their
-- identity: one that comes again is answered as it was.
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
    -- It was placed again after no rider had come in time.
    expired       boolean NOT NULL DEFAULT false,
    -- WeChat's order_status.
    status        integer NOT NULL,
    status_at     timestamptz NOT NULL,
    -- What the carrier said with it: personal, maybe. Erased with the step's.
    message       text NOT NULL,
    -- What it costs, as it was placed. Money is in fen.
    deliver_fen   bigint NOT NULL,
    coupon_fen    bigint NOT NULL,
    insurance_fen bigint NOT NULL,
    metres        bigint NOT NULL,
    tips_fen      bigint NOT NULL,
    -- What receiver and rider say at the door; 0: not asked for.
    finish_code   integer NOT NULL,
    pickup_code   integer NOT NULL,
    -- The tip since, and the push that raised it last.
    tips_now_fen  bigint NOT NULL,
    tip_push      bytea,
    -- The push that cancelled it, which reason it gave (WeChat's cancel_reason_id; 0:
    -- none), and what that cost.
    cancel_push   bytea,
    cancel_reason integer NOT NULL DEFAULT 0
                  CONSTRAINT cancel_reason_is_known CHECK (cancel_reason BETWEEN 0 AND 6),
    deducted_fen  bigint NOT NULL DEFAULT 0,
    -- The push that confirmed that the goods are back.
    return_push   bytea,

    PRIMARY KEY (shop_id, order_id, attempt),
    -- Numbers are unique for the carrier. That no express waybill has it is seen to
    -- when it is given.
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

-- How an attempt came to its status. Rows are added and never changed, but that the
-- message is erased after privacy.retention. The serial numbers follow each other: a
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
    -- The name of the token that reported it, or push.
    recorded_by text NOT NULL,

    PRIMARY KEY (shop_id, order_id, attempt, serial),
    CONSTRAINT status_is_known CHECK (status IN
        (101, 102, 103, 201, 202, 203, 204, 205, 301, 302, 303, 304, 305, 401, 501, 502))
);

-- For erasing: who says nothing of the kind has no place in it.
CREATE INDEX delivery_step_by_age ON delivery_step (recorded_at) WHERE message <> '';

-- Personal data: from whom, to whom, and what. Erased privacy.retention after the
-- attempt's expires_at, so that an order of long ahead keeps its address until it is
-- delivered; after that it cannot be placed again: it is not known any more what it
-- was.
CREATE TABLE delivery_details (
    shop_id    text COLLATE "C" NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    attempt    integer NOT NULL,
    expires_at timestamptz NOT NULL,
    details    jsonb NOT NULL,

    PRIMARY KEY (shop_id, order_id, attempt)
);

-- For erasing: the oldest are at one end.
CREATE INDEX delivery_details_by_age ON delivery_details (expires_at);

-- The record of pushes about an order, also those that were refused and have no
-- waybill.
CREATE INDEX push_by_delivery ON push (biz_id, order_id, at, id) WHERE event LIKE 'transport%';

-- +goose Down

-- What was ordered is lost. The former program works with the new schema, and going
-- back to it needs no down.

SET LOCAL lock_timeout = '2s';

DROP INDEX push_by_delivery;
DROP TABLE delivery_details, delivery_step, delivery_attempt, delivery_order, shop;
