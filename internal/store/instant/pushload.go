package instant

import (
	"fmt"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Those of the last attempt: a re-order is compared with them.
const readDetails = `SELECT d.shop_id, d.order_id, d.details
	FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
	JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id
	JOIN delivery_details d ON d.shop_id = q.shop_id AND d.order_id = q.order_id AND d.attempt = o.attempt`

func (tx *pushTransaction) QueueLoad(b *pgx.Batch, jobs []*pushJob) {
	locked, read, withDetails := newOrderKeys(), newOrderKeys(), newOrderKeys()
	candidates, shopIDs := []string{}, []string{}
	for _, j := range jobs {
		if j.req.Fault == delivery.BadIDs || !pg.CanStore(j.req.ShopID, j.req.OrderID) {
			continue
		}
		k := j.key()
		read.add(k)
		shopIDs = append(shopIDs, k.shopID)
		if j.locks() {
			locked.add(k)
		}
		if j.req.Kind == delivery.Readd {
			withDetails.add(k)
		}
		if number := tx.store.takeNumber(j); number != "" {
			candidates = append(candidates, number)
		}
	}
	b.Queue(lockOrders, locked.shopIDs, locked.orderIDs)
	b.Queue(readAttempts, read.shopIDs, read.orderIDs)
	b.Queue(readDetails, withDetails.shopIDs, withDetails.orderIDs)
	b.Queue(numbers.ReadUsed, candidates)
	b.Queue(readShops, shopIDs)
	tx.QueueSignatures(b, jobs)
}

// takeNumber gives a push that may place an attempt a waybill number before the rule
// decides, so that the same round trip finds out whether the number is used. It is
// empty for the other pushes, and where no number is in memory: then ensureNumber leases
// some, if the rule places an attempt at all.
func (s *Store) takeNumber(j *pushJob) string {
	if places := j.req.Kind == delivery.Add || j.req.Kind == delivery.Readd; !places || j.req.Fault != "" {
		return ""
	}
	if j.newAttempt.WaybillID == "" {
		j.newAttempt.WaybillID, _ = s.numbers.Take()
	}
	return j.newAttempt.WaybillID
}

func (tx *pushTransaction) Load(res pgx.BatchResults) (err error) {
	if tx.orders, err = loadOrders(res); err != nil {
		return err
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var k orderKey
		var text []byte
		if err := rows.Scan(&k.shopID, &k.orderID, &text); err != nil {
			return err
		}
		order, err := parseDetails(text)
		if p := tx.orders[k]; p != nil {
			p.Order = order
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read details: %w", err)
	}
	tx.usedNumbers = map[string]bool{}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var number string
		err := rows.Scan(&number)
		tx.usedNumbers[number] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("read numbers: %w", err)
	}
	if tx.shops, err = tx.store.loadShops(res, &tx.Clock); err != nil {
		return err
	}
	return tx.LoadSignatures(res)
}
