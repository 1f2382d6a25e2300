package pg

import (
	"context"
	"time"
)

// chunk is how many rows a statement of ExecInChunks may change.
const chunk = 1000

// ExecInChunks runs a statement that takes a time and a number of rows, until it has
// changed fewer rows than that. Each run is a transaction of its own, so that no lock is
// kept for long. It returns how many rows were changed, also with an error.
func (p *Pool) ExecInChunks(ctx context.Context, sql string, oldest time.Time) (changed int64, err error) {
	for {
		tag, err := p.Exec(ctx, sql, oldest, chunk)
		if err != nil {
			return changed, err
		}
		changed += tag.RowsAffected()
		if tag.RowsAffected() < chunk {
			return changed, nil
		}
	}
}
