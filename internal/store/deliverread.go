package store

import (
	"fmt"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Only the last attempt's: with it the order is compared that is placed again.
const readDetails = `SELECT d.shop_id, d.order_id, d.details
	FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
	JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id
	JOIN delivery_details d ON d.shop_id = q.shop_id AND d.order_id = q.order_id AND d.attempt = o.attempt`

// orderKeys are the keys of orders in two columns, each once.
type orderKeys struct {
	seen              map[deliveryKey]bool
	shopIDs, orderIDs []string
}

func newOrderKeys() *orderKeys {
	return &orderKeys{map[deliveryKey]bool{}, []string{}, []string{}} // {} and not null
}

func (l *orderKeys) add(k deliveryKey) {
	if !l.seen[k] {
		l.seen[k] = true
		l.shopIDs, l.orderIDs = append(l.shopIDs, k.shopID), append(l.orderIDs, k.orderID)
	}
}

func (tx *deliverTransaction) QueueLoad(b *pgx.Batch, jobs []*deliverJob) {
	locked, read, again := newOrderKeys(), newOrderKeys(), newOrderKeys()
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
			again.add(k)
		}
		if number := tx.store.numberFor(j); number != "" {
			candidates = append(candidates, number)
		}
	}
	b.Queue(lockOrders, locked.shopIDs, locked.orderIDs)
	b.Queue(readAttempts, read.shopIDs, read.orderIDs)
	b.Queue(readDetails, again.shopIDs, again.orderIDs)
	b.Queue(numbers.ReadUsed, candidates)
	b.Queue(readShops, shopIDs)
	tx.QueueSignatures(b, jobs)
}

// numberFor gives a push the number of a new attempt before it is known whether it
// gets one, so that the same round trip can tell whether the number is free. It is
// empty where none will be needed, and where none is in memory: then one is leased
// when the rule has asked for it, and not before.
func (s *Store) numberFor(j *deliverJob) string {
	if places := j.req.Kind == delivery.Add || j.req.Kind == delivery.Readd; !places || j.req.Fault != "" {
		return ""
	}
	if j.fresh.WaybillID == "" {
		j.fresh.WaybillID, _ = s.numbers.Take()
	}
	return j.fresh.WaybillID
}

func (tx *deliverTransaction) Load(res pgx.BatchResults) (err error) {
	if tx.orders, err = loadOrders(res); err != nil {
		return err
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var k deliveryKey
		var text []byte
		if err := rows.Scan(&k.shopID, &k.orderID, &text); err != nil {
			return err
		}
		order, err := orderOf(text)
		if p := tx.orders[k]; p != nil {
			p.Order = order
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read details: %w", err)
	}
	tx.taken = map[string]bool{}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var number string
		err := rows.Scan(&number)
		tx.taken[number] = true
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
