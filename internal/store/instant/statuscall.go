package instant

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

const (
	readWXToken = `SELECT o.shop_no, a.wx_token
		FROM delivery_attempt a
		JOIN delivery_order o ON o.shop_id = a.shop_id AND o.order_id = a.order_id
		WHERE a.shop_id = $1 AND a.order_id = $2 AND a.attempt = $3`

	readStepsOfEvent = `SELECT s.at, s.message, coalesce(s.agent::text, ''), s.expected_at, s.recorded_at
		FROM delivery_step s
		WHERE s.shop_id = $1 AND s.order_id = $2 AND s.attempt = $3 AND s.status = $4
		ORDER BY s.serial`
)

// callTimeout limits how long reading what a call says takes.
const callTimeout = 2 * time.Second

// OrderStatusCall reads what WeChat is told of a reported status, whose event is e. The error
// is event.ErrTokenErased where the attempt's Token is gone, as each attempt came by a push
// and had one. With event.ErrTextErased the call is whole all the same, but for its message
// and its agent.
func (s *Store) OrderStatusCall(ctx context.Context, e *event.Event) (delivery.StatusCall, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var c delivery.StatusCall
	var found bool
	err := s.pool.Read(ctx, false, func(b *pgx.Batch) { queueStatusCall(b, e) }, func(res pgx.BatchResults) (err error) {
		c, found, err = loadStatusCall(res, e)
		return err
	})
	switch {
	case err != nil:
	case c.Token == "":
		err = event.ErrTokenErased
	case !found:
		err = event.ErrTextErased
	}
	if err != nil {
		err = fmt.Errorf("read the status of order %q of shop %q: %w", e.Body.ShopOrderID, e.Body.ShopID, err)
	}
	return c, err
}

func queueStatusCall(b *pgx.Batch, e *event.Event) {
	b.Queue(readWXToken, e.Body.ShopID, e.Body.ShopOrderID, e.Body.Attempt)
	b.Queue(readStepsOfEvent, e.Body.ShopID, e.Body.ShopOrderID, e.Body.Attempt, e.Body.OrderStatus)
}

// loadStatusCall finds the step by the event's id. One whose message was erased has another
// id now: it is found by when it was recorded, which is the event's time, and only the time
// of the status is taken from it.
func loadStatusCall(res pgx.BatchResults, e *event.Event) (c delivery.StatusCall, found bool, err error) {
	r := delivery.StatusReport{
		ShopID: e.Body.ShopID, OrderID: e.Body.ShopOrderID, WaybillID: e.Body.WaybillID, Status: delivery.Status(e.Body.OrderStatus),
	}
	c = delivery.StatusCall{
		ShopID: r.ShopID, OrderID: r.OrderID, WaybillID: r.WaybillID, Status: r.Status, At: e.Time.Truncate(time.Second),
	}
	if err := pg.EachRow(res, func(rows pgx.Rows) error { return rows.Scan(&c.ShopNo, &c.Token) }); err != nil {
		return c, false, fmt.Errorf("read Token: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var agent string
		var recordedAt time.Time
		var expectedAt *time.Time
		err := rows.Scan(&r.At, &r.Message, &agent, &expectedAt, &recordedAt)
		if err != nil || found {
			return err
		}
		found = event.NewID(event.OrderStatusChanged, event.OfOrder(r.ShopID, r.OrderID), r.Cause()) == e.ID
		if found || recordedAt.Equal(e.Time) && r.Message == "" {
			c.At, c.Message, c.ExpectedAt = r.At, r.Message, time.Time{}
			if expectedAt != nil {
				c.ExpectedAt = *expectedAt
			}
			c.Agent, err = parseAgent(agent)
		}
		return err
	})
	if err != nil {
		return c, false, fmt.Errorf("read steps: %w", err)
	}
	return c, found, nil
}
