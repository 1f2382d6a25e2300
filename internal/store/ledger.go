package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const InsertSQL = `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode,
		identity, result_code, reason, repeat, took_us)
	SELECT biz_id, waybill_id, coalesce($1, clock_timestamp()), id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us
	FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
		$9::bytea[], $10::integer[], $11::text[], $12::boolean[], $13::integer[])
		AS q (biz_id, waybill_id, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)`

// entry is a row of the ledger.
type Row struct {
	Push                      ledger.Push
	BizID, WaybillID, OrderID string
	ResultCode                *int32
	Reason                    string
	Repeat                    bool
}

// The ledger's reasons for pushes that nothing is decided about.
const (
	Ignored    = "ignored"     // nothing was asked that a carrier answers
	NotOffered = "not_offered" // an event of WeChat's that is refused, by its name
)

// recordFor is how long a push that asks for nothing may wait for its row: its
// answer does not depend on it.
const recordFor = time.Second

// Record keeps a push of an event that nothing is decided about; code is what
// WeChat was told, nil: nothing. A passing fault is tried again, for a second at
// the most. Where the error is ledger.ErrReplayed the push is nobody's.
func (s *Store) Write(ctx context.Context, p ledger.Push, reason string, code *int) error {
	e := Row{Push: p, Reason: reason}
	if code != nil {
		c := int32(*code)
		e.ResultCode = &c
	}
	ctx, cancel := context.WithTimeout(ctx, recordFor)
	defer cancel()
	err := s.pool.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error { return s.record(ctx, conn, e) })
	if err != nil {
		return fmt.Errorf("record push: %w", err)
	}
	return nil
}

func (s *Store) record(ctx context.Context, conn *pgxpool.Conn, e Row) error {
	if err := notReplayed(ctx, conn, e.Push.Binding); err != nil {
		return err
	}
	limits, err := pg.TryTimeouts(ctx, s.pool.LockTimeout, s.pool.StatementTimeout)
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(pg.SetTimeouts, limits[:]...)
	sql, args := InsertRows(nil, []Row{e})
	b.Queue(sql, args...)
	b.Queue("COMMIT")
	if err := pg.ExecAll(ctx, conn, &b); err != nil {
		return pg.Rollback(ctx, conn, err)
	}
	return nil
}

// entry is the row of a decision, without its ids.
func (s *Store) entry(p ledger.Push, reason string, repeat bool) Row {
	code := int32(s.code(p.Event, reason))
	return Row{Push: p, ResultCode: &code, Reason: reason, Repeat: repeat}
}

func QueueRows(b *pgx.Batch, now time.Time, entries []Row) {
	sql, args := InsertRows(&now, entries)
	b.Queue(sql, args...)
}

// ledgerInsert writes entries as of now; nil: the database's clock.
func InsertRows(now *time.Time, entries []Row) (string, []any) {
	n := len(entries)
	bizIDs, waybillIDs, orderIDs := make([]string, n), make([]string, n), make([]string, n)
	events, formats, modes := make([]string, n), make([]string, n), make([]string, n)
	ids, identities := make([]int64, n), make([][]byte, n)
	codes, reasons, repeats, took := make([]*int32, n), make([]string, n), make([]bool, n), make([]int32, n)
	for i := range entries {
		e := &entries[i]
		bizIDs[i], waybillIDs[i] = plain(e.BizID, waybill.MaxID), plain(e.WaybillID, waybill.MaxID)
		orderIDs[i] = plain(e.OrderID, waybill.MaxOrderID)
		events[i], formats[i], modes[i] = plain(e.Push.Event, waybill.MaxID), e.Push.Format, e.Push.Mode
		ids[i], identities[i] = rand.Int64(), e.Push.ID[:]
		codes[i], reasons[i], repeats[i] = e.ResultCode, e.Reason, e.Repeat
		took[i] = int32(min(time.Since(e.Push.Received).Microseconds(), 1<<31-1))
	}
	return InsertSQL, []any{now, bizIDs, waybillIDs, ids, orderIDs, events, formats, modes,
		identities, codes, reasons, repeats, took}
}

// plain makes a text from outside one that Postgres stores: a malformed id is
// worth a row too. It is cut to most bytes, between characters.
func plain(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	if len(s) > most {
		s = s[:most]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}
