package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// ErrNotFound says that there is no such waybill, and that nobody asked about
// one.
var ErrNotFound = errors.New("not found")

// PushRow is a push as the ledger keeps it.
type PushRow struct {
	At         time.Time
	Event      string
	Format     string
	Mode       string
	OrderID    string
	Identity   []byte
	ResultCode *int32
	Reason     string
	Repeat     bool
	Took       time.Duration
}

// Waybill finds a waybill and every push that asked about it, oldest first. The
// waybill is nil when there is none and somebody asked about it all the same.
func (s *Store) Waybill(ctx context.Context, bizID, waybillID string) (*waybill.Waybill, []PushRow, error) {
	pushes, err := s.pushesOf(ctx, bizID, waybillID)
	if err != nil {
		return nil, nil, err
	}
	w := new(waybill.Waybill)
	err = s.pool.QueryRow(ctx, `SELECT biz_id, waybill_id, order_id, shop_app_id, service, status::text,
			booked_at, collected_at, charged_at, signed_at, cancelled_at, cancel_push, from_quota
		FROM waybill WHERE biz_id = $1 AND waybill_id = $2`, bizID, waybillID).Scan(waybillFields(w)...)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && len(pushes) == 0:
		return nil, nil, fmt.Errorf("waybill %s of merchant %s: %w", waybillID, bizID, ErrNotFound)
	case errors.Is(err, pgx.ErrNoRows):
		return nil, pushes, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read waybill: %w", err)
	}
	return w, pushes, nil
}

// BookingRow is what is known of how a waybill was booked, without what is
// personal and without the token.
type BookingRow struct {
	Label       string // WaybillData as it was answered
	Pieces      int64
	Grams       int64
	InsuredFen  int64 // 0: not insured
	HasContacts bool  // who sends what to whom is still kept
}

// Booking tells how a waybill was booked. It is ErrNotFound for one that no push
// has booked.
func (s *Store) Booking(ctx context.Context, bizID, waybillID string) (BookingRow, error) {
	var b BookingRow
	err := s.pool.QueryRow(ctx, `SELECT b.label, b.pieces, b.grams, b.insured_fen, c.biz_id IS NOT NULL
		FROM booking b
		LEFT JOIN booking_contact c ON c.biz_id = b.biz_id AND c.waybill_id = b.waybill_id
		WHERE b.biz_id = $1 AND b.waybill_id = $2`, bizID, waybillID).
		Scan(&b.Label, &b.Pieces, &b.Grams, &b.InsuredFen, &b.HasContacts)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return BookingRow{}, fmt.Errorf("booking of waybill %s of merchant %s: %w", waybillID, bizID, ErrNotFound)
	case err != nil:
		return BookingRow{}, fmt.Errorf("read booking: %w", err)
	}
	return b, nil
}

func (s *Store) pushesOf(ctx context.Context, bizID, waybillID string) ([]PushRow, error) {
	rows, _ := s.pool.Query(ctx, `SELECT at, event, format, mode, order_id, identity, result_code, reason, repeat, took_us
		FROM push WHERE biz_id = $1 AND waybill_id = $2 ORDER BY at, id`, bizID, waybillID)
	pushes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (PushRow, error) {
		var p PushRow
		var us int64
		err := row.Scan(&p.At, &p.Event, &p.Format, &p.Mode, &p.OrderID, &p.Identity, &p.ResultCode, &p.Reason, &p.Repeat, &us)
		p.Took = time.Duration(us) * time.Microsecond
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read pushes: %w", err)
	}
	return pushes, nil
}
