-- The express desk: merchants, their waybills, and the ledger of pushes.
--
-- Every key starts with biz_id, so that the tables can be distributed by
-- merchant. Ids are compared byte by byte (COLLATE "C"), so that the database
-- and the program sort them alike: the order in which rows are locked is the
-- same everywhere.

-- +goose Up

CREATE TYPE waybill_status AS ENUM (
    'booked', 'collected', 'in_transit', 'out_for_delivery', 'signed', 'cancelled'
);

CREATE TABLE merchant (
    biz_id         text COLLATE "C" PRIMARY KEY
                   CONSTRAINT biz_id_is_an_id CHECK (octet_length(biz_id) BETWEEN 1 AND 128),
    -- A slow hash; empty when the merchant needs no password.
    password_hash  text NOT NULL DEFAULT '',
    cancel_allowed boolean NOT NULL DEFAULT true,
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE waybill (
    biz_id       text COLLATE "C" NOT NULL REFERENCES merchant,
    waybill_id   text COLLATE "C" NOT NULL,
    order_id     text COLLATE "C" NOT NULL,
    shop_app_id  text COLLATE "C" NOT NULL DEFAULT '',
    service      text COLLATE "C" NOT NULL DEFAULT '',
    status       waybill_status NOT NULL DEFAULT 'booked',
    booked_at    timestamptz NOT NULL DEFAULT now(),
    collected_at timestamptz,
    charged_at   timestamptz,
    signed_at    timestamptz,
    cancelled_at timestamptz,
    -- The identity of the push that cancelled the waybill: when that push comes
    -- again it is told again that it succeeded.
    cancel_push  bytea,

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
        cancel_push IS NULL OR (status = 'cancelled' AND octet_length(cancel_push) = 32))
);

-- What was asked and what was answered, for ever or for ledger.retention. Rows
-- are added and never changed. No password, no OpenID, nothing personal.
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
    -- What WeChat was told; null for an event that has no result code.
    result_code integer,
    -- Our own word for why; see the runbook.
    reason     text COLLATE "C" NOT NULL,
    repeat     boolean NOT NULL,
    -- From the first byte to the decision, in microseconds.
    took_us    integer NOT NULL,

    PRIMARY KEY (biz_id, waybill_id, at, id),
    CONSTRAINT identity_is_sha256 CHECK (octet_length(identity) = 32)
) PARTITION BY RANGE (at);

-- Catches what no month's partition takes, so that a push never fails for want
-- of one. The months themselves are made by the program.
CREATE TABLE push_default PARTITION OF push DEFAULT;

-- +goose Down

DROP TABLE push;
DROP TABLE waybill;
DROP TABLE merchant;
DROP TYPE waybill_status;
