package instant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

const (
	// With whether the personal data of the order is stored still, without reading it.
	readShopNo = `SELECT o.shop_no, EXISTS (SELECT FROM delivery_details d
			WHERE d.shop_id = o.shop_id AND d.order_id = o.order_id AND d.attempt = o.attempt)
		FROM delivery_order o
		WHERE o.shop_id = $1 AND o.order_id = $2`

	// Without the codes by which a parcel is handed over, and without WeChat's token.
	readAttemptHistory = `SELECT a.attempt, a.waybill_id, a.push, a.placed_at, a.expires_at, a.expired,
			a.deliver_fen, a.coupon_fen, a.insurance_fen, a.metres, a.tips_fen, a.tips_now_fen, a.deducted_fen, a.cancel_push, a.cancel_reason,
			a.status, a.status_at, a.message, a.account
		FROM delivery_attempt a
		WHERE a.shop_id = $1 AND a.order_id = $2
		ORDER BY a.attempt`

	readStepHistory = `SELECT s.attempt, s.status, s.at, s.message, coalesce(s.agent::text, ''), s.expected_at, s.recorded_at, s.recorded_by
		FROM delivery_step s
		WHERE s.shop_id = $1 AND s.order_id = $2
		ORDER BY s.attempt DESC, s.serial DESC
		LIMIT $3`
)

// maxSteps is how many steps of an order are shown. A usual order has a dozen; a caller
// that reports one rider after another can add any number.
const maxSteps = 1000

// History returns what is stored of an order, in one snapshot and without
// personal data, with the newest pushes about it, at most limit; more says that there
// are older ones. The error is ledger.ErrNotFound when no such order was ever placed,
// even if there were pushes about it.
func (s *Store) History(ctx context.Context, shopID, orderID string, limit int) (r delivery.OrderHistory, pushes []ledger.Entry, more bool, err error) {
	if pg.CanStore(shopID, orderID) {
		q := ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: limit}
		err = s.pool.Read(ctx, false, func(b *pgx.Batch) { queueHistory(b, q) }, func(res pgx.BatchResults) (err error) {
			r, pushes, more, err = loadHistory(res, q)
			return err
		})
	}
	if err == nil && len(r.Attempts) == 0 {
		err = fmt.Errorf("order %q of shop %q: %w", orderID, shopID, ledger.ErrNotFound)
	}
	if err != nil {
		return delivery.OrderHistory{}, nil, false, fmt.Errorf("read order of instant delivery: %w", err)
	}
	return r, pushes, more, nil
}

func queueHistory(b *pgx.Batch, q ledger.Filter) {
	b.Queue(readShopNo, q.BizID, q.OrderID)
	b.Queue(readAttemptHistory, q.BizID, q.OrderID)
	b.Queue(readStepHistory, q.BizID, q.OrderID, maxSteps+1)
	pushlog.QueueList(b, q)
}

func loadHistory(res pgx.BatchResults, q ledger.Filter) (r delivery.OrderHistory, pushes []ledger.Entry, more bool, err error) {
	r = delivery.OrderHistory{ShopID: q.BizID, OrderID: q.OrderID}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var stored bool
		err := rows.Scan(&r.ShopNo, &stored)
		r.Erased = !stored
		return err
	})
	if err != nil {
		return r, nil, false, fmt.Errorf("read order: %w", err)
	}
	if err := loadAttemptHistory(res, &r); err != nil {
		return r, nil, false, fmt.Errorf("read attempts: %w", err)
	}
	if err := loadStepHistory(res, &r); err != nil {
		return r, nil, false, fmt.Errorf("read steps: %w", err)
	}
	pushes, more, err = pushlog.LoadList(res, q)
	return r, pushes, more, err
}

func loadAttemptHistory(res pgx.BatchResults, r *delivery.OrderHistory) error {
	return pg.EachRow(res, func(rows pgx.Rows) error {
		var a delivery.Attempt
		err := rows.Scan(&a.Number, &a.WaybillID, (*pushlog.Identity)(&a.Push), &a.PlacedAt, &a.ExpiresAt, &a.Expired,
			&a.Quote.Deliver, &a.Quote.Coupon, &a.Quote.Insurance, &a.Quote.Metres, &a.Tips, &a.TipsNow, &a.Deducted, (*pushlog.Identity)(&a.CancelPush), &a.CancelReason,
			&a.Status, &a.StatusAt, &a.Message, &a.Account)
		r.Attempts = append(r.Attempts, delivery.AttemptHistory{Attempt: a})
		return err
	})
}

// loadStepHistory reads the steps, which come newest first.
func loadStepHistory(res pgx.BatchResults, r *delivery.OrderHistory) error {
	steps, n := map[int][]delivery.Step{}, 0
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var number int
		var s delivery.Step
		var agent string
		var expectedAt *time.Time
		if err := rows.Scan(&number, &s.Status, &s.At, &s.Message, &agent, &expectedAt, &s.RecordedAt, &s.RecordedBy); err != nil {
			return err
		}
		if expectedAt != nil {
			s.ExpectedAt = *expectedAt
		}
		var err error
		s.Agent, err = parseAgent(agent)
		if n++; n <= maxSteps {
			steps[number] = append(steps[number], s)
		}
		return err
	})
	for i := range r.Attempts {
		a := &r.Attempts[i]
		a.Steps = steps[a.Number]
		slices.Reverse(a.Steps)
	}
	r.StepsCut = n > maxSteps
	return err
}
