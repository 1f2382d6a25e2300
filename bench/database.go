package main

import (
	"context"
	"fmt"
	"strings"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// database is a database with merchants and waybills.
type database struct {
	pg      *postgres
	product *product
	name    string
	url     string
	conn    *pgx.Conn
	count   int // waybills
	cursor  int // those before it are used up
	history int // ledger rows from before, which stay
	ordered int // numbers above count that were sent as orders

	replied [2]replied // to each event; to cancels, since the waybills were put back
	scanned []sent     // since then
}

// replied counts what replies said. A push that failed may have done its work.
type replied struct{ good, doubtful int }

// newDatabase makes a database and fills it: schema and merchants by the server's
// own tools, the mass by SQL.
func newDatabase(ctx context.Context, pg *postgres, p *product, name string, count, history int) (w *database, err error) {
	w = &database{pg: pg, product: p, name: name, url: pg.URL(name), count: count, history: history}
	progress("%s: loading %d waybills and %d ledger rows", w.name, count, history)
	if _, err := pg.conn.Exec(ctx, "CREATE DATABASE "+w.name); err != nil {
		return nil, err
	}
	env := env(w.url, nil)
	if err := tool(ctx, pg.dir, p.program, env, nil, "migrate"); err != nil {
		return nil, err
	}
	if err := tool(ctx, pg.dir, p.program, env, merchantsCSV(), "import", "merchants", "-"); err != nil {
		return nil, err
	}
	for kind, csv := range catalogueCSV {
		if err := tool(ctx, pg.dir, p.program, env, strings.NewReader(csv), "import", kind, "-"); err != nil {
			return nil, err
		}
	}
	if w.conn, err = pgx.Connect(ctx, w.url); err != nil {
		return nil, err
	}
	if err := w.loadWaybills(ctx); err != nil {
		return nil, fmt.Errorf("load waybills: %w", err)
	}
	if err := w.loadLedger(ctx); err != nil {
		return nil, fmt.Errorf("load the ledger: %w", err)
	}
	return w, w.exec(ctx, "VACUUM ANALYZE", "CHECKPOINT")
}

func (w *database) close(ctx context.Context) error {
	if err := w.conn.Close(ctx); err != nil {
		return err
	}
	_, err := w.pg.conn.Exec(ctx, "DROP DATABASE "+w.name+" WITH (FORCE)")
	return err
}

func (w *database) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := w.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%w: %s", err, sql)
		}
	}
	return nil
}

func (w *database) loadWaybills(ctx context.Context) error {
	return w.exec(ctx, fmt.Sprintf(`INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, booked_at)
		SELECT (%d + n %% %d)::text, (%d + n)::text, (%d + n)::text, 'wxABCD', 'standard', now() - interval '1 day' * (n %% 20)
		FROM generate_series(0::bigint, %d) AS n`, firstBiz, merchants, firstWaybill, firstOrder, w.count-1))
}

// pastMonths are spanned by the ledger's history, besides the current month.
const pastMonths = 24

// loadLedger writes the history month by month. A past month is filled before it
// is attached, which builds its index at once; the current one, into which
// pushes are written, is filled as it is.
func (w *database) loadLedger(ctx context.Context) error {
	each := w.history / (pastMonths + 1)
	for back := range pastMonths + 1 {
		if each == 0 {
			return nil
		}
		var name, from, to string
		err := w.conn.QueryRow(ctx, `SELECT to_char(m, '"push_"YYYY_MM'), to_char(m, 'YYYY-MM-DD 00:00:00+00'),
				to_char(m + interval '1 month', 'YYYY-MM-DD 00:00:00+00')
			FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month' * $1::int) AS t (m)`, back).
			Scan(&name, &from, &to)
		if err != nil {
			return err
		}
		rows := fmt.Sprintf(`INSERT INTO %s SELECT (%d + n %% %d)::text, (%d + n)::text,
				timestamptz '%s' + interval '1 second' * (i %% 1600000), i, (%d + n)::text,
				'cancel_waybill', 'xml', 'secure', sha256(n::text::bytea), 30002, '%s', false, 1000
			FROM (SELECT i, i * 7919 %% %d AS n FROM generate_series(0::bigint, %d) AS i) AS all_rows`,
			name, firstBiz, merchants, firstWaybill, from, firstOrder, waybill.NotBooked, w.count, each-1)
		if back == 0 {
			if err := w.exec(ctx, rows); err != nil {
				return err
			}
			continue
		}
		err = w.exec(ctx, "CREATE TABLE "+name+" (LIKE push INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", rows,
			fmt.Sprintf("ALTER TABLE push ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", name, from, to))
		if err != nil {
			return err
		}
		if each > 500_000 { // else it is done in a moment
			progress("%s: ledger of %s", w.name, name)
		}
	}
	return nil
}

// new hands out numbers for orders.
func (w *database) new(n int) (cursor int) {
	cursor = w.count + w.ordered
	w.ordered += n
	return cursor
}

// take hands out the next waybills, at most n, and puts all back to booked where
// fewer are left.
func (w *database) take(ctx context.Context, n int) (cursor, got int, err error) {
	if w.count-w.cursor < min(n, w.count) {
		if err := w.putBack(ctx); err != nil {
			return 0, 0, err
		}
	}
	cursor, got = w.cursor, min(n, w.count-w.cursor)
	w.cursor += got
	return cursor, got, nil
}

// putBack makes every waybill booked again, after it has checked that what became
// of them is what the replies said. A ledger without a history is emptied, one
// with a history grows; there checkpoints are left to the clock, as in production.
// The first change of a page after one writes the whole page to the log, and a
// checkpoint is for all databases: a small one, put back every second, would make
// each page of a large one cost that each time.
func (w *database) putBack(ctx context.Context) error {
	if err := w.unscanned(ctx); err != nil {
		return err
	}
	tag, err := w.conn.Exec(ctx, "UPDATE waybill SET status = 'booked', cancelled_at = NULL, cancel_push = NULL WHERE status = 'cancelled'")
	if err != nil {
		return err
	}
	if err := w.compare(cancels, int(tag.RowsAffected())); err != nil {
		return err
	}
	w.cursor, w.replied[cancels] = 0, replied{}
	if w.history > 0 {
		return w.exec(ctx, "VACUUM waybill")
	}
	return w.exec(ctx, "TRUNCATE push, bound_signature", "VACUUM waybill", "CHECKPOINT")
}

// noteReplies counts what replies said.
func (w *database) noteReplies(e event, t tally) {
	bad := 0
	for _, n := range t.bad {
		bad += n
	}
	w.replied[e].good += t.replies - bad
	w.replied[e].doubtful += bad
}

// compare checks how many waybills are cancelled, or orders booked, against the
// replies: each 0 has done it to another one.
func (w *database) compare(e event, done int) error {
	if r := w.replied[e]; done < r.good || done > r.good+r.doubtful {
		what := [...]string{"waybills are cancelled", "orders are booked"}[e]
		return fmt.Errorf("%d %s; %d replies said so, and %d failed", done, what, r.good, r.doubtful)
	}
	return nil
}

// verify does so now.
func (w *database) verify(ctx context.Context, e event) error {
	n, err := w.done(ctx, e)
	if err != nil {
		return err
	}
	return w.compare(e, n)
}

// done counts what is cancelled, or booked, now.
func (w *database) done(ctx context.Context, e event) (n int, err error) {
	from := [...]string{"waybill WHERE status = 'cancelled'", "booking"}[e]
	err = w.conn.QueryRow(ctx, "SELECT count(*) FROM "+from).Scan(&n)
	return n, err
}
