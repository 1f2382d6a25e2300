package pushlog

import (
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"carrierhook/internal/ledger"

	"github.com/jackc/pgx/v5"
)

// InsertSQL writes rows. A program that measures it needs its text.
const InsertSQL = `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode,
		identity, result_code, reason, repeat, took_us, account)
	SELECT biz_id, waybill_id, coalesce($1, clock_timestamp()), id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us, account
	FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
		$9::bytea[], $10::integer[], $11::text[], $12::boolean[], $13::integer[], $14::text[])
		AS q (biz_id, waybill_id, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us, account)`

// Row is an entry that is to be written.
type Row struct {
	Push                      ledger.Push
	BizID, WaybillID, OrderID string
	ResultCode                *int32
	Reason                    string
	Repeat                    bool
}

// QueueRows writes rows as of now.
func QueueRows(b *pgx.Batch, now time.Time, rows []Row) {
	sql, args := InsertRows(&now, rows)
	b.Queue(sql, args...)
}

// InsertRows is the statement that writes rows as of now, with its arguments; nil: by
// the database's clock.
func InsertRows(now *time.Time, rows []Row) (string, []any) {
	n := len(rows)
	bizIDs, waybillIDs, orderIDs := make([]string, n), make([]string, n), make([]string, n)
	events, formats, modes := make([]string, n), make([]string, n), make([]string, n)
	ids, identities := make([]int64, n), make([][]byte, n)
	codes, reasons, repeats, took, accounts := make([]*int32, n), make([]string, n), make([]bool, n), make([]int32, n), make([]string, n)
	for i := range rows {
		e := &rows[i]
		bizIDs[i], waybillIDs[i] = storableText(e.BizID, maxID), storableText(e.WaybillID, maxID)
		orderIDs[i] = storableText(e.OrderID, maxOrderID)
		events[i], formats[i], modes[i] = storableText(e.Push.Event, maxID), e.Push.Format, e.Push.Mode
		ids[i], identities[i] = rand.Int64(), e.Push.ID[:]
		codes[i], reasons[i], repeats[i] = e.ResultCode, e.Reason, e.Repeat
		accounts[i] = e.Push.Account
		took[i] = int32(min(time.Since(e.Push.Received).Microseconds(), 1<<31-1))
	}
	return InsertSQL, []any{now, bizIDs, waybillIDs, ids, orderIDs, events, formats, modes,
		identities, codes, reasons, repeats, took, accounts}
}

// Longer ids are cut: these are what the rules accept at the most.
const (
	maxID      = 128
	maxOrderID = 512
)

// storableText makes a text from outside one that Postgres stores: a malformed id is
// worth a row too. It is cut to limit bytes, between characters.
func storableText(s string, limit int) string {
	if len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	if len(s) > limit {
		s = s[:limit]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}
