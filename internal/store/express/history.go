package express

import (
	"context"
	"fmt"
	"slices"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	readWaybill = `SELECT ` + waybillColumns + ` FROM waybill w WHERE w.biz_id = $1 AND w.waybill_id = $2`

	// Without what is personal and without the token.
	readBooking = `SELECT b.label, b.pieces, b.grams, b.insured_fen, c.biz_id IS NOT NULL
		FROM booking b
		LEFT JOIN booking_contact c ON c.biz_id = b.biz_id AND c.waybill_id = b.waybill_id
		WHERE b.biz_id = $1 AND b.waybill_id = $2`

	// All scans of a waybill have one time in their key, and so stand in one month:
	// Postgres reads no other.
	readScans = `SELECT s.action, s.at, s.message, s.key, s.recorded_at, s.recorded_by
		FROM scan s
		WHERE s.biz_id = $1 AND s.waybill_id = $2
			AND s.first_scan_at = (SELECT w.first_scan_at FROM waybill w WHERE w.biz_id = $1 AND w.waybill_id = $2)
		ORDER BY s.at DESC, s.recorded_at DESC, s.key DESC
		LIMIT $3`
)

// maxScans is the maximum number of a waybill's scans in an answer. A parcel has a
// dozen; a caller that makes up a key for each try can report any number.
const maxScans = 1000

// History returns all that is stored of a waybill, as of one moment, with the newest
// pushes about it, at most limit. It is ledger.ErrNotFound when there is neither such a
// waybill nor a push about one.
func (s *Store) History(ctx context.Context, bizID, waybillID string, limit int) (waybill.History, error) {
	var h waybill.History
	if pg.CanStore(bizID, waybillID) {
		q := ledger.Filter{BizID: bizID, WaybillID: waybillID, Limit: limit}
		err := s.pool.Read(ctx, false, func(b *pgx.Batch) { queueHistory(b, q) }, func(res pgx.BatchResults) (err error) {
			h, err = scanHistory(res, q)
			return err
		})
		if err != nil {
			return waybill.History{}, fmt.Errorf("read history: %w", err)
		}
	}
	if h.Waybill == nil && len(h.Pushes) == 0 && !h.More {
		return waybill.History{}, fmt.Errorf("waybill %q of merchant %q: %w", waybillID, bizID, ledger.ErrNotFound)
	}
	return h, nil
}

func queueHistory(b *pgx.Batch, q ledger.Filter) {
	b.Queue(readWaybill, q.BizID, q.WaybillID)
	b.Queue(readBooking, q.BizID, q.WaybillID)
	b.Queue(readScans, q.BizID, q.WaybillID, maxScans+1)
	pushlog.QueueList(b, q)
}

func scanHistory(res pgx.BatchResults, q ledger.Filter) (h waybill.History, err error) {
	if err := loadWaybills(res, func(w *waybill.Waybill) { h.Waybill = w }); err != nil {
		return h, err
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		h.Booking = new(waybill.Booking)
		return rows.Scan(&h.Booking.Label, &h.Booking.Pieces, &h.Booking.Grams, &h.Booking.InsuredFen, &h.Booking.HasContacts)
	})
	if err != nil {
		return h, fmt.Errorf("read booking: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var t waybill.RecordedScan
		err := rows.Scan(&t.Action, &t.At, &t.Message, &t.Key, &t.RecordedAt, &t.RecordedBy)
		h.Scans = append(h.Scans, t)
		return err
	})
	if err != nil {
		return h, fmt.Errorf("read scans: %w", err)
	}
	if h.ScansCut = len(h.Scans) > maxScans; h.ScansCut {
		h.Scans = h.Scans[:maxScans]
	}
	slices.Reverse(h.Scans)
	if h.Pushes, h.More, err = pushlog.LoadList(res, q); err != nil {
		return h, fmt.Errorf("read pushes: %w", err)
	}
	return h, nil
}
