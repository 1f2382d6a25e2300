package instant

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// No lock is waited for: an order that another transaction has locked comes back with
// true in the last column.
//
// The attempts are read after the lock, by a statement of their own, which sees all
// that was committed before the lock was taken. They are one snapshot without the lock
// too, and a query is answered from them without waiting.
const (
	lockOrders = `WITH own AS MATERIALIZED (
			SELECT o.shop_id, o.order_id, o.shop_no
			FROM delivery_order o
			JOIN unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
				ON o.shop_id = q.shop_id AND o.order_id = q.order_id
			ORDER BY o.shop_id, o.order_id
			FOR UPDATE OF o SKIP LOCKED),
		missing AS MATERIALIZED (
			SELECT q.shop_id, q.order_id
			FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
			WHERE (q.shop_id, q.order_id) NOT IN (SELECT l.shop_id, l.order_id FROM own l))
		SELECT shop_id, order_id, shop_no, false FROM own
		UNION ALL
		SELECT o.shop_id, o.order_id, o.shop_no, true
		FROM missing q
		JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id`

	readAttempts = `SELECT o.shop_id, o.order_id, o.shop_no, ` + attemptColumns + `
		FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
		JOIN delivery_order o ON o.shop_id = q.shop_id AND o.order_id = q.order_id
		JOIN delivery_attempt a ON a.shop_id = q.shop_id AND a.order_id = q.order_id
		ORDER BY o.shop_id, o.order_id, a.attempt`
)

// touchOrders writes to the orders of resolved jobs: see batch.QueueTouch.
var touchOrders = batch.WriteAll(`UPDATE delivery_order o
	SET attempt = o.attempt
	FROM unnest($1::text[], $2::text[]) AS q (shop_id, order_id)
	WHERE o.shop_id = q.shop_id AND o.order_id = q.order_id`, `$1::text[]`)

type orderKey struct{ shopID, orderID string }

func (k orderKey) compare(l orderKey) int {
	if c := strings.Compare(k.shopID, l.shopID); c != 0 {
		return c
	}
	return strings.Compare(k.orderID, l.orderID)
}

// orderKeys are the keys of orders in two columns, without duplicates.
type orderKeys struct {
	seen              map[orderKey]bool
	shopIDs, orderIDs []string
}

func newOrderKeys() *orderKeys {
	return &orderKeys{map[orderKey]bool{}, []string{}, []string{}} // not nil: it would be NULL
}

func (l *orderKeys) add(k orderKey) {
	if !l.seen[k] {
		l.seen[k] = true
		l.shopIDs, l.orderIDs = append(l.shopIDs, k.shopID), append(l.orderIDs, k.orderID)
	}
}

// loadedOrder is an order as a batch loads it, changes it and writes it.
type loadedOrder struct {
	delivery.PlacedOrder

	// locked is set where this transaction has not locked the order: another one has,
	// or the order was placed after the locking, or no push of the batch needs the lock.
	locked bool

	loaded  int          // attempts that the database has; none: the order is new
	changed map[int]bool // the numbers of those that have to be updated
}

// placed is the order for the rule; nil where there is none.
func (p *loadedOrder) placed() *delivery.PlacedOrder {
	if p == nil {
		return nil
	}
	return &p.PlacedOrder
}

// set replaces an attempt, or appends the next one.
func (p *loadedOrder) set(a delivery.Attempt) {
	if a.Number > len(p.Attempts) {
		p.Attempts = append(p.Attempts, a)
		return
	}
	p.Attempts[a.Number-1] = a
	if p.changed == nil {
		p.changed = map[int]bool{}
	}
	p.changed[a.Number] = true
}

// loadOrders reads the results of lockOrders and of readAttempts.
func loadOrders(res pgx.BatchResults) (map[orderKey]*loadedOrder, error) {
	orders := map[orderKey]*loadedOrder{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var k orderKey
		p := &loadedOrder{}
		err := rows.Scan(&k.shopID, &k.orderID, &p.ShopNo, &p.locked)
		orders[k] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lock orders: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var k orderKey
		var shopNo string
		var a delivery.Attempt
		if err := rows.Scan(append([]any{&k.shopID, &k.orderID, &shopNo}, attemptFields(&a)...)...); err != nil {
			return err
		}
		p := orders[k]
		if p == nil {
			p = &loadedOrder{locked: true}
			p.ShopNo, orders[k] = shopNo, p
		}
		p.Attempts, p.loaded = append(p.Attempts, a), p.loaded+1
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return orders, nil
}

// attemptOf is an attempt with its order.
type attemptOf struct {
	orderKey
	*delivery.Attempt
}

// changedAttempts returns the attempts to update and those to insert, both in the
// order of their keys.
func changedAttempts(orders map[orderKey]*loadedOrder) (changed, added []attemptOf) {
	for _, k := range slices.SortedFunc(maps.Keys(orders), orderKey.compare) {
		p := orders[k]
		for i := range p.Attempts {
			a := attemptOf{k, &p.Attempts[i]}
			switch {
			case a.Number > p.loaded:
				added = append(added, a)
			case p.changed[a.Number]:
				changed = append(changed, a)
			}
		}
	}
	return changed, added
}
