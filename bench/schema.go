package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// schema is what the bench asks a database, for another commit may call it
// otherwise than the tree does.
type schema struct {
	ledger   string // the table of all pushes
	uncancel string // what makes a cancelled waybill booked again, but for its status
}

// ledgers are the names that the table of all pushes has had.
var ledgers = []string{"push"}

func readSchema(ctx context.Context, conn *pgx.Conn) (s schema, err error) {
	err = conn.QueryRow(ctx, `SELECT coalesce((SELECT min(t) FROM unnest($1::text[]) AS t WHERE to_regclass(t) IS NOT NULL), ''),
		coalesce((SELECT string_agg(attname || ' = NULL', ', ') FROM pg_attribute WHERE attrelid = to_regclass('waybill')
			AND attname LIKE 'cancel%' AND NOT attnotnull AND NOT attisdropped), '')`, ledgers).Scan(&s.ledger, &s.uncancel)
	if err == nil && (s.ledger == "" || s.uncancel == "") {
		err = fmt.Errorf("the database has none of the ledgers %v, or keeps no cancels: bench/schema.go has to follow", ledgers)
	}
	return s, err
}
