-- What signatures of plain pushes were used for: such a signature covers no body, and
-- is bound to the first one that changed something.
--
-- The table is new, and nobody waits. The former program does not know it and binds
-- nothing.

-- +goose Up

SET LOCAL lock_timeout = '2s';

-- Logged like the others: after a crash or a failover pushes come again, and so may
-- whoever saw them.
CREATE TABLE bound_signature (
    -- Hashes, as 16 bytes of the type that has just so many: of the signature itself,
    -- which opens the door until it is bound, and of the push's plain members.
    signature uuid PRIMARY KEY,
    body      uuid NOT NULL,
    -- No index: each push would pay for it, and by the hour all of it can be read.
    bound_at  timestamptz NOT NULL DEFAULT now()
);

-- +goose Down

SET LOCAL lock_timeout = '2s';

DROP TABLE bound_signature;
