package instant

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5/pgconn"
)

// pushJob is one push of instant delivery.
type pushJob struct {
	batch.Task
	req      delivery.Request
	decision delivery.Decision
	sent     delivery.Decision // the last one that went to commit

	// newAttempt is the waybill number and the codes for an attempt that this push
	// places. They stay the same from try to try: by them a commit in doubt is
	// recognised.
	newAttempt delivery.NewAttempt
}

func newPushJob(r delivery.Request) *pushJob {
	r.WXToken = pg.Storable(r.WXToken)
	j := &pushJob{Task: batch.Task{Owner: r.ShopID}, req: r}
	if r.Kind == delivery.Add || r.Kind == delivery.Readd {
		j.newAttempt.FinishCode, j.newAttempt.PickupCode = drawCode(), drawCode()
	}
	return j
}

// drawCode draws the code by which a parcel is handed over: four digits, the first
// of which is not 0, because the code is a number on the wire.
func drawCode() int {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails: without randomness the runtime ends the program
	return 1000 + int(binary.BigEndian.Uint64(b[:])%9000)
}

func (j *pushJob) Writes() bool { return j.decision.Places() || j.decision.Changes() }

func (j *pushJob) Binding() *ledger.Binding { return j.req.Push.Binding }

func (j *pushJob) key() orderKey { return orderKey{j.req.ShopID, j.req.OrderID} }

// locks tells whether the push may change an order that exists. The others wait for
// no lock: a query is answered from one snapshot of what is committed, and adding an
// order never changes one that exists. A push in doubt locks: its order may exist
// because of it, and is written to once more.
func (j *pushJob) locks() bool {
	if j.InDoubt {
		return true
	}
	switch j.req.Kind {
	case delivery.Readd, delivery.Cancel, delivery.Tip, delivery.ConfirmReturn:
		return true
	}
	return false
}

// DecidePush decides one push of instant delivery and commits the decision, in one
// transaction with the pushes that arrive at the same time. After a transient error
// it tries again until ctx ends. An error that is ledger.ErrOutcomeUnknown says that
// the decision may be committed, any other that it is not; waybill.ErrNoNumbers is
// one of those. Without Options.Policy the error is ErrNoKey.
func (s *Store) DecidePush(ctx context.Context, r delivery.Request) (delivery.Decision, error) {
	if s.Seals == nil {
		return delivery.Decision{}, ErrNoKey
	}
	j := newPushJob(r)
	err := s.pushes.Do(ctx, j)
	used := err == nil && j.decision.Attempt.WaybillID == j.newAttempt.WaybillID
	if j.newAttempt.WaybillID != "" && !used && !j.InDoubt {
		s.numbers.GiveBack(j.newAttempt.WaybillID)
	}
	if server, ok := errors.AsType[*pgconn.PgError](err); ok && server.ConstraintName == "delivery_order_pkey" {
		// A push that lost a race to place the order finds the winner's attempt in its
		// next try. This one went on until its deadline.
		err = fmt.Errorf("%w: if order %q of shop %q has a row in delivery_order and none in delivery_attempt, "+
			"delete the one that it has", err, j.req.OrderID, j.req.ShopID)
	}
	if err != nil {
		return delivery.Decision{}, err
	}
	return j.decision, nil
}

// pushTransaction decides a batch of pushes about orders of instant delivery.
type pushTransaction struct {
	batch.Clock
	pushlog.Signatures[*pushJob]
	store       *Store
	orders      map[orderKey]*loadedOrder
	shops       map[string]shopRead
	usedNumbers map[string]bool // of the batch's new numbers: those that waybills have already
	steps       []step
	details     []detailsRow
}

// detailsRow is the personal data of an attempt. It is erased some time after the
// attempt expires.
type detailsRow struct {
	orderKey
	attempt   int
	expiresAt time.Time
	order     *delivery.Order
}
