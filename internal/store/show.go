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
			booked_at, collected_at, charged_at, signed_at, cancelled_at, cancel_push
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
