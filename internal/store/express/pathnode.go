package express

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	readToken = `SELECT w.book_push IS NOT NULL, coalesce(b.token, '')
		FROM waybill w
		LEFT JOIN booking b ON b.biz_id = w.biz_id AND b.waybill_id = w.waybill_id
		WHERE w.biz_id = $1 AND w.waybill_id = $2`

	// The scans of a waybill that may be an event's: those of one month, by the waybill.
	readScansOfEvent = `SELECT s.key, s.message
		FROM scan s
		WHERE s.biz_id = $1 AND s.waybill_id = $2
			AND s.first_scan_at = (SELECT w.first_scan_at FROM waybill w WHERE w.biz_id = $1 AND w.waybill_id = $2)
			AND s.action = $3 AND s.at = $4`
)

// callTimeout limits how long reading what a call says takes.
const callTimeout = 2 * time.Second

// PathNode reads what WeChat is told of a scan, whose event is e. The error is
// ledger.ErrNotFound where WeChat has not booked the waybill, and event.ErrTokenErased where
// it has and the Token of the booking is gone. With event.ErrTextErased the node is whole all
// the same: the scan is not stored any more, and the node says what its action means.
func (s *Store) PathNode(ctx context.Context, e *event.Event) (waybill.PathNode, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var n waybill.PathNode
	var booked, found bool
	err := s.pool.Read(ctx, false, func(b *pgx.Batch) { queuePathNode(b, e) }, func(res pgx.BatchResults) (err error) {
		n, booked, found, err = loadPathNode(res, e)
		return err
	})
	switch {
	case err != nil:
	case !booked:
		err = ledger.ErrNotFound
	case n.Token == "":
		err = event.ErrTokenErased
	case !found:
		err = event.ErrTextErased
	}
	if err != nil {
		err = fmt.Errorf("read the scan of waybill %q: %w", e.Body.WaybillID, err)
	}
	return n, err
}

func queuePathNode(b *pgx.Batch, e *event.Event) {
	b.Queue(readToken, e.Body.BizID, e.Body.WaybillID)
	b.Queue(readScansOfEvent, e.Body.BizID, e.Body.WaybillID, e.Body.ActionType, time.Unix(e.Body.ActionTime, 0))
}

// loadPathNode finds the scan by the event's id, because an event has neither the scan's key
// nor its message.
func loadPathNode(res pgx.BatchResults, e *event.Event) (n waybill.PathNode, booked, found bool, err error) {
	s := waybill.Scan{WaybillID: e.Body.WaybillID, Action: waybill.Action(e.Body.ActionType), At: time.Unix(e.Body.ActionTime, 0)}
	n = waybill.PathNode{WaybillID: s.WaybillID, At: s.At, Message: waybill.PathMessage(s.Action)}
	n.Action, _ = waybill.PathAction(s.Action)
	if err := pg.EachRow(res, func(rows pgx.Rows) error { return rows.Scan(&booked, &n.Token) }); err != nil {
		return n, false, false, fmt.Errorf("read Token: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		if err := rows.Scan(&s.Key, &s.Message); err != nil {
			return err
		}
		if event.NewID(event.WaybillScanned, event.OfWaybill(s.WaybillID), s.Cause()) == e.ID {
			found = true
			if s.Message != "" {
				n.Message = waybill.PathText(s.Message)
			}
		}
		return nil
	})
	if err != nil {
		return n, false, false, fmt.Errorf("read scans: %w", err)
	}
	return n, booked, found, nil
}
