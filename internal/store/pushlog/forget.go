package pushlog

import (
	"context"
	"time"
)

const (
	// A part of the table as it lies on the disk. Servers that are at it together take
	// its rows in the same order.
	ForgetSignaturesSQL = `DELETE FROM bound_signature
		WHERE bound_at < $1 AND ctid >= format('(%s,0)', $2::bigint)::tid AND ctid < format('(%s,0)', $3::bigint)::tid`

	countPages = `SELECT pg_relation_size('bound_signature') / current_setting('block_size')::bigint`
)

// forgetPages is how much of the table goes in one transaction: some ten thousand rows.
const forgetPages = 128

// ForgetSignatures deletes what was bound before oldest. Any number of servers may do it.
func (l *Log) ForgetSignatures(ctx context.Context, oldest time.Time) (forgotten int64, err error) {
	var pages int64
	if err := l.pool.QueryRow(ctx, countPages).Scan(&pages); err != nil {
		return 0, err
	}
	for page := int64(0); page < pages; page += forgetPages {
		tag, err := l.pool.Exec(ctx, ForgetSignaturesSQL, oldest, page, page+forgetPages)
		forgotten += tag.RowsAffected()
		if err != nil {
			return forgotten, err
		}
	}
	return forgotten, nil
}
