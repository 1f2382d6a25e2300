package express_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// signed is what binds a signature to a body.
func signed(signature, body string) *ledger.Binding {
	return &ledger.Binding{Signature: md5.Sum([]byte(signature)), Body: md5.Sum([]byte(body))}
}

func (d testStore) signatures(tb testing.TB) int {
	tb.Helper()
	return d.Int(tb, `SELECT count(*) FROM bound_signature`)
}

// One signature with many bodies in one batch: the first that changes something is done,
// and those after it are refused, whatever else is in the batch.
func TestOneBodyInABatch(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	ids := []string{"W0", "W1", "W2", "W3"}
	d.AddWaybills(t, ids...)
	done, replayed, refused := map[string]int{}, 0, 0
	var mu sync.Mutex
	d.Crowd(t, 24, func(i int) {
		id, body := ids[i%4], fmt.Sprint("body ", i%4)
		if i >= 12 { // that change nothing
			id, body = "none", fmt.Sprint("body ", i)
		}
		r := expresstest.CancelPush(i%4, id)
		r.Push.Binding = signed("S", body)
		ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
		defer stop()
		got, err := d.Cancel(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, ledger.ErrReplayed):
			replayed++
		case err != nil:
			t.Error(err)
		case got.Reason == waybill.Accepted:
			done[id]++
		default:
			refused++
		}
	})
	if n := d.Int(t, `SELECT count(*) FROM waybill WHERE status = 'cancelled'`); n != 1 || len(done) != 1 || d.signatures(t) != 1 {
		t.Errorf("%d are cancelled, %v were told so, %d signatures", n, done, d.signatures(t))
	}
	for id, n := range done {
		if n != 3 || replayed+refused != 21 || replayed < 9 {
			t.Errorf("%s was done for %d pushes, %d are replayed, %d refused", id, n, replayed, refused)
		}
	}
}

// Batches with the same signatures in opposite order bind them in the same one.
func TestBindLockOrder(t *testing.T) {
	t.Parallel()
	const rounds, each = 3, 40
	d := newBookingStore(t, 100)
	other := openStore(t, d.Database, standard)
	// Slow enough for both to be at it together.
	d.Exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$`)
	d.Exec(t, `CREATE TRIGGER slow BEFORE INSERT ON bound_signature FOR EACH ROW EXECUTE FUNCTION slow()`)
	d.warm(t, 100_000)
	other.warm(t, 100_001)
	for round := range rounds {
		sets := [2][]waybill.BookingRequest{}
		for k := range each {
			for i := range sets {
				r := expresstest.OrderPush(k, "B", fmt.Sprintf("O%d-%d-%d", i, round, k), expresstest.Numbered(fmt.Sprintf("WX%08d", each*(2*round+1)+k+i*10_000_000)))
				r.Push.Binding = signed(fmt.Sprint(round, k), fmt.Sprint(i))
				sets[i] = append(sets[i], r)
			}
		}
		slices.Reverse(sets[1])
		release := d.Lock(t, `LOCK TABLE push IN EXCLUSIVE MODE`)
		var both sync.WaitGroup
		for i := range sets {
			both.Go(func() {
				if _, err := []testStore{d, other}[i].RunBookings(t.Context(), sets[i]); err != nil && !strings.Contains(err.Error(), "bound_signature_pkey") {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		storetest.Until(t, "both are about to bind", func() bool { return d.Int(t, storetest.LockWaits) == 2 })
		release()
		both.Wait()
	}
	d.WantInt(t, 0, storetest.Deadlocks)
	if n := d.signatures(t); n != rounds*each {
		t.Errorf("%d signatures", n)
	}
}

// Pushes whose signatures cover their bodies ask nothing more, and cost no allocation
// more: which is counted while nothing else runs.
func TestSealedCostsNothing(t *testing.T) {
	if statements, allocated := express.UnboundCost(); statements != 0 || allocated != 0 {
		t.Errorf("%d statements and %v allocations more", statements, allocated)
	}
}
