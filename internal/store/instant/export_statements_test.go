package instant

import (
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// Statements are all statements that batches of so many pushes and reports run, by
// what they are part of: each changes what it can.
func (s *Store) Statements(size int) map[string]*pgx.QueuedQuery {
	pushReads, pushWrites := s.pushStatements(size)
	statusReads, statusWrites := s.StatusStatements(size)
	touches := func(b *pgx.Batch) {
		var orders []batch.RowKey
		for i := range size {
			n := strconv.Itoa(i + 1)
			orders = append(orders, batch.RowKey{"S" + n, "D" + n})
		}
		batch.QueueTouch(b, touchOrders, orders, func(k batch.RowKey) batch.RowKey { return k })
	}
	all := map[string]*pgx.QueuedQuery{}
	for name, queue := range map[string][]func(*pgx.Batch){
		"instant push":  {pushReads, pushWrites},
		"status report": {statusReads, statusWrites},
		"touch orders":  {touches},
	} {
		var b pgx.Batch
		for _, q := range queue {
			q(&b)
		}
		for i, q := range b.QueuedQueries {
			all[fmt.Sprintf("%s's statement %d", name, i+1)] = q
		}
	}
	return all
}

// statusBatch is a batch of so many reports, each of which changes its attempt.
func (s *Store) statusBatch(size int) (*statusTransaction, []*statusJob) {
	tx := &statusTransaction{store: s, orders: map[orderKey]*loadedOrder{}}
	set := make([]*statusJob, size)
	for i := range set {
		n := strconv.Itoa(i)
		j := newStatusJob(delivery.StatusReport{ShopID: "S" + n, OrderID: "D" + n, WaybillID: "Y" + n, Status: delivery.Assigned, At: time.Now()})
		a := delivery.Attempt{Number: 1, Status: delivery.Assigned}
		o := &loadedOrder{loaded: 1}
		o.Attempts = []delivery.Attempt{a}
		o.set(a)
		j.decision = delivery.StatusDecision{Verdict: delivery.Recorded, Attempt: a}
		tx.orders[j.key()], set[i] = o, j
	}
	return tx, set
}

// HistoryStatements are those that read an order with so many pushes.
func HistoryStatements(shopID, orderID string, limit int) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueHistory(&b, ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: limit})
	return b.QueuedQueries
}

// StatusCallStatements are those that read what WeChat is told of a status.
func StatusCallStatements(shopID, orderID string) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueStatusCall(&b, &event.Event{Body: event.Body{ShopID: shopID, ShopOrderID: orderID, Attempt: 1, OrderStatus: int(delivery.Assigned)}})
	return b.QueuedQueries
}

// StatusStatements are what batches of so many status reports read and write.
func (s *Store) StatusStatements(size int) (read, write func(*pgx.Batch)) {
	tx, set := s.statusBatch(size)
	return func(b *pgx.Batch) { tx.QueueLoad(b, set) }, func(b *pgx.Batch) { tx.QueueWrite(b, set) }
}

// pushStatements are what batches of so many pushes read, and what they write when
// they place orders, place as many again, and change what is there.
func (s *Store) pushStatements(size int) (read, write func(*pgx.Batch)) {
	tx := &pushTransaction{store: s, orders: map[orderKey]*loadedOrder{}, Clock: batch.Clock{Now: time.Now()}}
	var set []*pushJob
	for i := range size {
		n := strconv.Itoa(i + 1)
		for kind, orderID := range map[delivery.Kind]string{delivery.Add: "new" + n, delivery.Readd: "D" + n} {
			j := newPushJob(delivery.Request{ShopID: "S" + n, OrderID: orderID, Kind: kind})
			j.newAttempt.WaybillID = string(kind) + n
			o := &loadedOrder{}
			if kind == delivery.Readd {
				o.loaded, o.Attempts = 1, []delivery.Attempt{{Number: 1}}
				o.set(o.Attempts[0])
			}
			a := delivery.Attempt{Number: o.loaded + 1, WaybillID: j.newAttempt.WaybillID, Status: delivery.Waiting}
			o.set(a)
			tx.orders[j.key()] = o
			tx.details = append(tx.details, detailsRow{j.key(), a.Number, time.Time{}, &delivery.Order{}})
			tx.steps = append(tx.steps, step{j.key(), a.Number, delivery.Step{Status: delivery.Waiting, RecordedBy: byPush}})
			set = append(set, j)
		}
	}
	return func(b *pgx.Batch) { tx.QueueLoad(b, set) }, func(b *pgx.Batch) { tx.QueueWrite(b, set) }
}
