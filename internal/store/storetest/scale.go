package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A Scale is how many rows the tables have of which plans are asked.
type Scale struct{ Merchants, Waybills, Scans, Shops, Orders, Pushes int }

// Grow runs statements that fill tables, with the numbers put into them.
func (d Database) Grow(t *testing.T, s Scale, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		d.Exec(t, s.Of(sql))
	}
}

// Of puts the numbers into a statement.
func (s Scale) Of(sql string) string {
	return strings.NewReplacer("{merchants}", strconv.Itoa(s.Merchants), "{waybills}", strconv.Itoa(s.Waybills), "{scans}", strconv.Itoa(s.Scans),
		"{shops}", strconv.Itoa(s.Shops), "{orders}", strconv.Itoa(s.Orders), "{pushes}", strconv.Itoa(s.Pushes)).Replace(sql)
}

// MonthStart is the first instant of a month, so many after this one.
func MonthStart(n int) time.Time {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// FormerMonth makes the ledger's partition of a month that is over, so many before
// this one.
func (d Database) FormerMonth(t *testing.T, n int) {
	t.Helper()
	from, to := MonthStart(-n), MonthStart(1-n)
	d.Exec(t, fmt.Sprintf("CREATE TABLE %s PARTITION OF push FOR VALUES FROM ('%s') TO ('%s')",
		from.Format("push_2006_01"), from.Format(time.RFC3339), to.Format(time.RFC3339)))
}

// GrowLedger adds pushes, one about each of the first waybills, as many of them in this
// month as in each of the two before it, whatever the day: a month with few rows Postgres
// would rightly read from end to end.
func (d Database) GrowLedger(t *testing.T, s Scale) {
	t.Helper()
	const months = 3
	for n := range months {
		if n > 0 {
			d.FormerMonth(t, n)
		}
		d.Exec(t, s.Of(`INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
			SELECT 'M' || 1 + i % {merchants}, 'W' || i, $1::timestamptz + ($2::timestamptz - $1) * (i / ({pushes} + 1.0)), i, 'O' || i, 'cancel_waybill', 'xml', 'plain',
				sha256(i::text::bytea), 0, CASE WHEN i % 100 = 0 THEN 'collected' ELSE 'accepted' END, i % 50 = 0, 1000
			FROM generate_series(1 + $3, {pushes}, 3) AS i`), MonthStart(-n), MonthStart(1-n), n)
	}
}

// Filled are the partitions that have rows, which it analyzes. Of an empty one Postgres
// reads nothing, whatever the plan.
func (d Database) Filled(t *testing.T) []string {
	t.Helper()
	filled := d.Texts(t, `SELECT DISTINCT tableoid::regclass::text FROM push UNION SELECT DISTINCT tableoid::regclass::text FROM scan`)
	for _, part := range filled {
		d.Exec(t, `ANALYZE `+part)
	}
	return filled
}
