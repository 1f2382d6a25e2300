package csvimport

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// secret is a column that a file has in clear and that must not reach the database so.
type secret struct {
	column string
	slow   bool
	// store gives what is stored of a clear value. It is old, which the table has, if
	// that is of the same secret: another one would look like a change.
	store func(e *Engine, id string, clear any, old []byte) (stored []byte, problem string, err error)
}

// storeSecrets replaces the secrets of a batch. A file that has a problem will not be
// loaded: what is slow is left out.
func (im *importer) storeSecrets(ctx context.Context, rows [][]any) error {
	s := im.kind.secret
	if s == nil {
		return nil
	}
	at := slices.Index(im.kind.names(), s.column)
	if s.slow && im.problems.Count > 0 {
		for _, row := range rows {
			if row[at] != nil {
				row[at] = []byte{}
			}
		}
		return nil
	}
	old, err := im.storedSecrets(ctx, rows)
	if err != nil {
		return fmt.Errorf("read the stored secrets: %w", err)
	}
	found := make([]string, len(rows))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, row := range rows {
		if row[at] == nil {
			continue // a known row keeps what it has
		}
		work.Go(func() error {
			err := ctx.Err()
			if id := row[1].(string); err == nil {
				row[at], found[i], err = s.store(im.Engine, id, row[at], old[id])
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i, problem := range found {
		if problem != "" {
			im.problems.add(rows[i][0].(int64), s.column, problem)
		}
	}
	return nil
}

// storedSecrets are those that the table has for these lines, by the ids.
func (im *importer) storedSecrets(ctx context.Context, lines [][]any) (map[string][]byte, error) {
	ids := make([]string, len(lines))
	for i, line := range lines {
		ids[i] = line[1].(string)
	}
	sql := fmt.Sprintf(`SELECT {key}, %s FROM {table} l WHERE {key} = ANY ($1)`, im.kind.secret.column)
	rows, _ := im.conn.Query(ctx, im.fill(sql), ids) // the error comes out of CollectRows
	stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		ID    string
		Value []byte
	}])
	old := map[string][]byte{}
	for _, s := range stored {
		old[s.ID] = s.Value
	}
	return old, err
}
