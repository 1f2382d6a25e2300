package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// batchSender is a connection, of a pool or not.
type batchSender interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}

// ExecAll runs a batch and returns its first error; closing alone would return
// a later one.
func ExecAll(ctx context.Context, conn batchSender, b *pgx.Batch) error {
	res := conn.SendBatch(ctx, b)
	for range b.Len() {
		if _, err := res.Exec(); err != nil {
			_ = res.Close()
			return err
		}
	}
	return res.Close()
}

// EachRow reads the next answer of a batch, row by row.
func EachRow(res pgx.BatchResults, row func(pgx.Rows) error) error {
	rows, err := res.Query()
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
