package express

import (
	"context"
	"fmt"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	// Nothing is locked: an order that is new has no row to lock. The constraints
	// find out which transaction was faster when the rows are written.
	readOrders = `SELECT w.biz_id, w.order_id, w.waybill_id, w.status::text, w.book_push, coalesce(b.label, '')
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, order_id)
		JOIN waybill w ON w.biz_id = q.biz_id AND w.order_id = q.order_id
		LEFT JOIN booking b ON b.biz_id = w.biz_id AND b.waybill_id = w.waybill_id`
)

// bookJob is one booking.
type bookJob struct {
	batch.Task
	login
	req      waybill.BookingRequest
	decision waybill.BookingDecision

	// number is of the carrier's own, taken for this booking. It stays with it
	// from try to try, so that one that turns out to be in use is found out.
	number string
}

func newBookJob(r waybill.BookingRequest) *bookJob {
	return &bookJob{Task: batch.Task{Owner: r.BizID}, login: login{password: r.Password}, req: r}
}

func (j *bookJob) Writes() bool { return j.decision.Changes() }

func (j *bookJob) Binding() *ledger.Binding { return j.req.Push.Binding }

type orderKey struct{ bizID, orderID string }

func (j *bookJob) key() orderKey { return orderKey{j.req.BizID, j.req.OrderID} }

// Book decides one booking and keeps what was decided, together with those that
// arrive at the same time. After a transient error it is tried again until ctx ends. An error
// that is ledger.ErrOutcomeUnknown says that the order may be booked, and any
// other that this push has not booked it; waybill.ErrNoNumbers is one of those.
func (s *Store) Book(ctx context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) {
	j := newBookJob(r)
	err := s.books.Do(ctx, j)
	used := err == nil && j.decision.WaybillID == j.number
	if j.number != "" && !used && !j.InDoubt {
		s.numbers.GiveBack(j.number)
	}
	if err != nil {
		return waybill.BookingDecision{}, err
	}
	return j.decision, nil
}

// bookTransaction books a batch of orders.
type bookTransaction struct {
	loaded
	pushlog.Signatures[*bookJob]
	store  *Store
	orders map[orderKey]*waybill.PriorBooking
	taken  map[string]bool // waybill numbers
}

func (tx *bookTransaction) QueueLoad(b *pgx.Batch, jobs []*bookJob) {
	bizIDs, orderIDs, candidates := []string{}, []string{}, []string{}
	seen := map[orderKey]bool{}
	for _, j := range jobs {
		if j.req.Malformed {
			continue
		}
		if j.req.WaybillID != "" && !j.req.NumberMalformed { // one that is may be no text of Postgres
			candidates = append(candidates, j.req.WaybillID)
		}
		if j.number != "" {
			candidates = append(candidates, j.number)
		}
		if k := j.key(); !seen[k] {
			seen[k] = true
			bizIDs, orderIDs = append(bizIDs, k.bizID), append(orderIDs, k.orderID)
		}
	}
	// Orders last of the two: where the same order is booked with the same number in
	// between, the number is still free and the order is known, and not the other
	// way round.
	b.Queue(numbers.ReadUsed, candidates)
	b.Queue(readOrders, bizIDs, orderIDs)
	b.Queue(readAccounts, bizIDs)
	tx.QueueSignatures(b, jobs)
}

func (tx *bookTransaction) Load(res pgx.BatchResults) error {
	tx.orders, tx.taken = map[orderKey]*waybill.PriorBooking{}, map[string]bool{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var number string
		err := rows.Scan(&number)
		tx.taken[number] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("read numbers: %w", err)
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		var k orderKey
		p := new(waybill.PriorBooking)
		err := rows.Scan(&k.bizID, &k.orderID, &p.WaybillID, &p.Status, (*pushlog.Identity)(&p.Push), &p.Label)
		tx.orders[k] = p
		return err
	})
	if err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	if err := tx.loadMerchants(res); err != nil {
		return err
	}
	return tx.LoadSignatures(res)
}

// Decide applies the rule to each job of the batch, one after the other, so that
// each sees what those before it have used up.
func (tx *bookTransaction) Decide(jobs []*bookJob) (kept []*bookJob) {
	offers := tx.store.catalogues.current()
	for _, j := range tx.Admit(jobs) {
		if offers == nil {
			j.BeforeRetry = tx.store.catalogues.load
			continue
		}
		m, known := tx.merchants[j.req.BizID], tx.orders[j.key()]
		if j.InDoubt && known != nil && known.Push == j.req.Push.ID {
			// The commit that was in doubt did happen, with its ledger row.
			j.decision = waybill.BookingDecision{Reason: waybill.Accepted, WaybillID: known.WaybillID, Label: known.Label}
			j.Resolved = true
			kept = append(kept, j)
			continue
		}
		right, sure := tx.store.passwordRight(&j.Task, &j.login, m)
		if !sure {
			continue
		}
		j.decision = waybill.DecideBooking(j.req, m, right, known, tx.taken[j.req.WaybillID], offers)
		if j.Writes() && !tx.apply(j, m) {
			continue
		}
		kept = append(kept, j)
	}
	return kept
}

// apply gives a job that is to be booked its number, and takes down for those
// behind it what it uses. It is false while the carrier's numbers in memory are
// used up.
func (tx *bookTransaction) apply(j *bookJob, m *waybill.Merchant) bool {
	d := &j.decision
	if d.WaybillID == "" {
		for j.number == "" || tx.taken[j.number] { // one that is in use is let go for good
			var ok bool
			if j.number, ok = tx.store.numbers.Take(); !ok {
				j.number, j.BeforeRetry = "", tx.store.numbers.Lease
				return false
			}
		}
		d.WaybillID = j.number
	}
	tx.taken[d.WaybillID] = true
	tx.orders[j.key()] = &waybill.PriorBooking{
		WaybillID: d.WaybillID, Status: waybill.Booked, Label: d.Label, Push: j.req.Push.ID,
	}
	if d.FromQuota {
		m.Quota--
	}
	return true
}

func (tx *bookTransaction) QueueWrite(b *pgx.Batch, kept []*bookJob) {
	var made []*bookJob
	fresh, resolved := batch.Split(kept)
	entries := make([]pushlog.Row, len(fresh))
	for i, j := range fresh {
		entries[i] = tx.store.ledger.Row(j.req.Push, string(j.decision.Reason), j.decision.Repeat)
		e := &entries[i]
		e.BizID, e.WaybillID, e.OrderID = j.req.BizID, j.decision.WaybillID, j.req.OrderID
		if j.Writes() {
			made = append(made, j)
		}
	}
	// Waybills before quotas: a cancel has the one and waits for the other. And those
	// that are there before the new ones, as with registrations.
	touchFound(b, made, resolved, func(j *bookJob) batch.RowKey { return batch.RowKey{j.req.BizID, j.decision.WaybillID} })
	if len(made) > 0 {
		tx.queueBookings(b, made)
	}
	pushlog.QueueRows(b, tx.Now, entries)
	tx.queueEvents(b, made)
	tx.QueueBindings(b, kept)
}
