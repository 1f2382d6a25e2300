package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// RunPushes is RunCancels for pushes of instant delivery. A decision is nil where
// the order is locked, or a number has to be had first.
func (s *Store) RunPushes(ctx context.Context, set []delivery.Request) ([]*delivery.Decision, error) {
	jobs := make([]*deliverJob, len(set))
	for i, r := range set {
		jobs[i] = newDeliverJob(r)
	}
	err := s.delivers.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*delivery.Decision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// deliverStatements are what batches of so many pushes read, and what they write when
// they place orders, place as many again, and change what is there.
func (s *Store) deliverStatements(size int) (read, write func(*pgx.Batch)) {
	tx := &deliverTransaction{store: s, orders: map[deliveryKey]*placed{}, Clock: batch.Clock{Now: time.Now()}}
	var set []*deliverJob
	for i := range size {
		n := strconv.Itoa(i + 1)
		for kind, orderID := range map[delivery.Kind]string{delivery.Add: "new" + n, delivery.Readd: "D" + n} {
			j := newDeliverJob(delivery.Request{ShopID: "S" + n, OrderID: orderID, Kind: kind})
			j.fresh.WaybillID = string(kind) + n
			o := &placed{}
			if kind == delivery.Readd {
				o.had, o.Attempts = 1, []delivery.Attempt{{Number: 1}}
				o.put(o.Attempts[0])
			}
			a := delivery.Attempt{Number: o.had + 1, WaybillID: j.fresh.WaybillID, Status: delivery.Waiting}
			o.put(a)
			tx.orders[j.key()] = o
			tx.details = append(tx.details, details{j.key(), a.Number, time.Time{}, &delivery.Order{}})
			tx.steps = append(tx.steps, step{j.key(), a.Number, delivery.Step{Status: delivery.Waiting, RecordedBy: byPush}})
			set = append(set, j)
		}
	}
	return func(b *pgx.Batch) { tx.QueueLoad(b, set) }, func(b *pgx.Batch) { tx.QueueWrite(b, set) }
}

// DoubtfulDelivery is a push whose last commit was in doubt.
type DoubtfulDelivery struct {
	store *Store
	job   *deliverJob
}

// DoubtfulDelivery takes the decision that was sent.
func (s *Store) DoubtfulDelivery(r delivery.Request, sent delivery.Decision) DoubtfulDelivery {
	j := newDeliverJob(r)
	j.InDoubt, j.sent = true, sent
	if sent.Places() {
		j.fresh.WaybillID = sent.Attempt.WaybillID
	}
	return DoubtfulDelivery{s, j}
}

// Run tries it once, behind others in a batch, and tells what was decided, if it
// was. An error that ends it counts as one.
func (d DoubtfulDelivery) Run(ctx context.Context, others ...delivery.Request) (got delivery.Decision, decided bool, err error) {
	var set []*deliverJob
	for _, r := range others {
		set = append(set, newDeliverJob(r))
	}
	err = d.store.delivers.Run(ctx, append(set, d.job), d.store.pool.LockTimeout)
	if first := d.job.First; err == nil && first != nil {
		if err = first(ctx); d.job.InDoubt {
			err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
		}
	}
	return d.job.decision, err == nil && d.job.Decided, err
}

// Seals are seals for the tests outside of the package.
type Seals struct{ *seals }

func NewSeals(keys ...[]byte) (Seals, error) {
	s, err := newSeals(keys)
	return Seals{s}, err
}

func (s Seals) Seal(shopID string, secret delivery.Secret) []byte { return s.seal(shopID, secret) }

func (s Seals) Open(shopID string, sealed []byte) (secret delivery.Secret, present, ok bool) {
	return s.open(shopID, sealed)
}

// What an order's details are written and read with.
var (
	DetailsOf = detailsOf
	OrderOf   = orderOf
)

// EraseDetailsSQL and EraseMessagesSQL take what EraseContactsSQL does.
const (
	EraseDetailsSQL  = eraseDetails
	EraseMessagesSQL = eraseMessages
)
