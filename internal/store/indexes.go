package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ledgerIndex is an index of the ledger besides its key. A migration only says that
// there is to be one: it is built partition by partition, beside the pushes, and
// becomes whole when the last has its part. Partitions that are made later are given
// theirs as they are made.
type ledgerIndex struct {
	name  string // of the whole
	parts string // what follows a partition's name in that of its part, as Postgres would name it
	on    string // the columns, and which rows it has if not all
}

// ofDelivery is true of the pushes about orders of instant delivery. A question has
// to say it in these words, or Postgres does not see that push_by_delivery has all
// the rows that are asked for.
const ofDelivery = `event LIKE 'transport%'`

var ledgerIndexes = []*ledgerIndex{
	{"push_by_time", "_at_id_idx", "(at, id)"},
	// By order: what was refused has no waybill, by which the key finds the others.
	{"push_by_delivery", "_biz_id_order_id_at_id_idx", "(biz_id, order_id, at, id) WHERE " + ofDelivery},
}

// unindexed is a partition whose index is not part of the whole yet. The names are
// as SQL writes them.
type unindexed struct {
	Table string
	Name  string // of its index, as Postgres would name it
	Index string // the same with its schema
	There bool
	Whole bool // else a build of it was cut
	Busy  bool // somebody is building one on it, such as a server that is gone

	of *ledgerIndex
}

// findUnindexed lists those of an index, the newest month first. Where a later
// program has done away with the index there are none.
const findUnindexed = `SELECT c.oid::regclass::text, quote_ident(i.name), format('%I.%I', n.nspname, i.name),
		x.indexrelid IS NOT NULL, coalesce(x.indisvalid, false),
		EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = c.oid AND p.datname = current_database())
	FROM pg_inherits h
	JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind = 'r'
	JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT (c.relname || $2::text)::name AS name) AS i
	LEFT JOIN pg_class k ON k.relname = i.name AND k.relnamespace = c.relnamespace
	LEFT JOIN pg_index x ON x.indexrelid = k.oid AND x.indrelid = c.oid
	WHERE h.inhparent = 'push'::regclass
		AND to_regclass($1) IS NOT NULL
		AND NOT EXISTS (SELECT FROM pg_inherits a JOIN pg_index b ON b.indexrelid = a.inhrelid
			WHERE a.inhparent = to_regclass($1) AND b.indrelid = c.oid)
	ORDER BY c.relname DESC`

// findUnsure is a part of an index where that has all its parts and does not know:
// the last partition without one was dropped.
const findUnsure = `SELECT a.inhrelid::regclass::text FROM pg_inherits a
	WHERE a.inhparent = (SELECT p.indexrelid FROM pg_index p WHERE p.indexrelid = to_regclass($1) AND NOT p.indisvalid)
	ORDER BY a.inhrelid::regclass::text DESC LIMIT 1`

// indexWork is what the indexes want.
type indexWork struct {
	missing []unindexed
	unsure  []unindexed // have their part; the index is to be told again
}

func (w indexWork) none() bool { return len(w.missing) == 0 && len(w.unsure) == 0 }

func findIndexWork(ctx context.Context, conn querier) (w indexWork, err error) {
	for _, x := range ledgerIndexes {
		if err := x.find(ctx, conn, &w); err != nil {
			return indexWork{}, fmt.Errorf("look at the index %s: %w", x.name, err)
		}
	}
	return w, nil
}

func (x *ledgerIndex) find(ctx context.Context, conn querier, w *indexWork) error {
	rows, _ := conn.Query(ctx, findUnindexed, x.name, x.parts)
	missing, err := pgx.CollectRows(rows, pgx.RowToStructByPos[unindexed])
	if err != nil {
		return err
	}
	for _, p := range missing {
		p.of = x
		w.missing = append(w.missing, p)
	}
	if len(missing) > 0 {
		return nil
	}
	told := unindexed{There: true, Whole: true, of: x}
	switch err := conn.QueryRow(ctx, findUnsure, x.name).Scan(&told.Index); {
	case err == nil:
		w.unsure = append(w.unsure, told)
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	return nil
}
