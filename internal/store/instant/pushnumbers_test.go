package instant_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Two servers that have leased the same number, as after a range was set back, use it
// once: the key refuses it to one of them, which takes its next.
func TestPushNumberTwice(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	other := openStore(t, d.Database)
	d.lease(t)
	d.Exec(t, `UPDATE number_range SET next = 1 WHERE name = 'own'`)
	other.lease(t)
	numbers := map[string]bool{}
	for i, g := range storetest.AtOnce(40, func(i int) delivery.Decision {
		return []testStore{d, other}[i%2].MustDecide(t, instanttest.Order(i, delivery.Add, fmt.Sprint("O", i)))
	}) {
		if g.Reason != delivery.Accepted || numbers[g.Attempt.WaybillID] {
			t.Errorf("order %d: %s with %s", i, g.Reason, g.Attempt.WaybillID)
		}
		numbers[g.Attempt.WaybillID] = true
	}
}

// A number that a push did not use is used by the next, and a push that needs none
// leases none.
func TestPushNumberGivenBack(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.WantReason(t, instanttest.Order(1, delivery.Readd, "O1"), delivery.UnknownOrder, false)
	d.WantReason(t, instanttest.Order(2, delivery.Precreate, "O1"), delivery.Accepted, false)
	d.WantReason(t, instanttest.Order(3, delivery.Add, "O1", func(f *delivery.OrderFields) { f.Cargo.Weight = "51" }), delivery.CargoWrong, false)
	d.WantInt(t, 1, `SELECT next FROM number_range WHERE name = 'own'`)
	d.MustAccept(t, instanttest.Order(4, delivery.Add, "O1"))
	d.WantReason(t, instanttest.Order(4, delivery.Add, "O1"), delivery.Accepted, true)
	d.WantReason(t, instanttest.Order(5, delivery.Readd, "O1"), delivery.OrderUnderWay, false)
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_poison CHECK (order_id <> 'poison')`)
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	if got, err := d.DecidePush(ctx, instanttest.Order(6, delivery.Add, "poison")); err == nil {
		t.Errorf("got %s", got.Reason)
	}
	if got := d.MustAccept(t, instanttest.Order(7, delivery.Add, "O2")).WaybillID; got != "CH00000002" {
		t.Errorf("got number %s", got)
	}
}

// Without waybill numbers nothing is placed, and the error is ErrNoNumbers. Pushes that
// need none are answered.
func TestPushNoNumbers(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `UPDATE number_range SET next = last WHERE name = 'own'`)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O1"))
	_, err := d.DecidePush(t.Context(), instanttest.Order(2, delivery.Add, "O2"))
	if !errors.Is(err, waybill.ErrNoNumbers) || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	d.WantReason(t, instanttest.Order(1, delivery.Add, "O1"), delivery.Accepted, true)
	d.WantReason(t, instanttest.Order(3, delivery.Precreate, "O2"), delivery.Accepted, false)
	d.WantReason(t, instanttest.Order(4, delivery.Add, "O1"), delivery.OrderExists, false)
	d.WantInt(t, 0, `SELECT count(*) FROM push WHERE order_id = 'O2' AND event = 'transport_add_order'`)
}
