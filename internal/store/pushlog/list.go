package pushlog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// List gives the entries that a filter has, newest first, and whether there are more
// than its limit. What is newest is decided by the time and then by the serial number:
// rows of one batch share the time. Pages that each start before the end of the one
// before have no row twice and no gap, whatever is added meanwhile.
//
// Where a waybill of a merchant is named, or an order and an event of instant
// delivery (ledger.AnyInstant is all of them), its own rows are read and no
// others; otherwise those of the time, from the newest on until enough are found.
// That may be all of them, and ends by the statement timeout. An order without an
// event is of either kind, and no one index has both.
func (l *Log) List(ctx context.Context, q ledger.Filter) (page []ledger.Entry, more bool, err error) {
	if !pg.CanStore(q.BizID, q.WaybillID, q.OrderID, q.Event, q.Reason, q.Account) {
		return nil, false, nil
	}
	quick := q.BizID != "" && (q.WaybillID != "" || q.OrderID != "" && ledger.Instant(q.Event))
	err = l.pool.Read(ctx, !quick, func(b *pgx.Batch) { QueueList(b, q) }, func(res pgx.BatchResults) (err error) {
		page, more, err = LoadList(res, q)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read pushes: %w", err)
	}
	return page, more, nil
}

// ofInstant is ledger.Instant in SQL. It is the predicate of the partial index
// push_by_delivery, in the same words: otherwise Postgres does not see that the index
// has all the rows that a query reads.
const ofInstant = `(event LIKE 'transport\_%'
		OR event IN ('get_pre_auth_code', 'get_auth_info', 'cancel_auth_account', 'mock_update_order_status'))`

// QueueList reads one more than wanted, to tell whether there are more.
func QueueList(b *pgx.Batch, q ledger.Filter) {
	var where conditions
	if ledger.Instant(q.Event) {
		where.add(ofInstant) // with one event it excludes nothing, and lets Postgres use the index
	}
	if q.Event == ledger.AnyInstant {
		q.Event = ""
	}
	text := func(column, value string) {
		if value != "" {
			where.add(column+" = ?", value)
		}
	}
	text("biz_id", q.BizID)
	text("waybill_id", q.WaybillID)
	text("order_id", q.OrderID)
	text("event", q.Event)
	text("reason", q.Reason)
	text("account", q.Account)
	if q.Result != nil {
		where.add("result_code = ?::bigint", *q.Result)
	}
	if q.Repeat != nil {
		where.add("repeat = ?", *q.Repeat)
	}
	if !q.From.IsZero() {
		where.add("at >= ?", q.From)
	}
	if !q.To.IsZero() {
		where.add("at < ?", q.To)
	}
	if q.Before != nil {
		// The second says nothing new; by it Postgres knows which months to leave out.
		where.add("(at, id) < (?, ?)", q.Before.At, q.Before.Serial)
		where.add("at <= ?", q.Before.At)
	}
	sql := `SELECT at, id, event, format, mode, biz_id, order_id, waybill_id, identity, result_code, reason, repeat, took_us, account
		FROM push` + where.sql() + `
		ORDER BY at DESC, id DESC LIMIT ` + where.value(q.Limit+1)
	b.Queue(sql, where.values...)
}

// LoadList reads the answer to QueueList.
func LoadList(res pgx.BatchResults, q ledger.Filter) (page []ledger.Entry, more bool, err error) {
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var a ledger.Entry
		var us int64
		err := rows.Scan(&a.At, &a.Serial, &a.Event, &a.Format, &a.Mode, &a.BizID, &a.OrderID, &a.WaybillID,
			(*Identity)(&a.Push), &a.ResultCode, &a.Reason, &a.Repeat, &us, &a.Account)
		a.Took = time.Duration(us) * time.Microsecond
		page = append(page, a)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(page) > q.Limit {
		return page[:q.Limit], true, nil
	}
	return page, false, nil
}

// conditions are what a query's rows have to meet, all of them. Values are
// never part of the text.
type conditions struct {
	texts  []string
	values []any
}

// add takes a condition with a question mark for each value.
func (c *conditions) add(text string, values ...any) {
	for _, v := range values {
		text = strings.Replace(text, "?", c.value(v), 1)
	}
	c.texts = append(c.texts, text)
}

// value adds a value and returns its name.
func (c *conditions) value(v any) string {
	c.values = append(c.values, v)
	return "$" + strconv.Itoa(len(c.values))
}

func (c *conditions) sql() string {
	if len(c.texts) == 0 {
		return ""
	}
	return "\n\t\tWHERE " + strings.Join(c.texts, " AND ")
}
