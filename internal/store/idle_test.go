package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// idleTooLong holds a COMMIT back until Postgres has ended the transaction, because
// nothing came for longer than a statement may take.
func (d testStore) idleTooLong(t *testing.T, n *network, and func()) {
	n.cutAtCommit(func(_ *cable, write func() error) error {
		storetest.Until(t, "Postgres has ended the session", func() bool {
			return d.Int(t, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'carrierhook' AND state LIKE 'idle in transaction%'`) == 0
		})
		and()
		return write()
	})
}

func newIdleStore(t *testing.T, n *network) testStore {
	d := newReportStore(t, n)
	return openStore(t, func() store.Options {
		o := options(d.URL)
		o.QueryMode, o.StatementTimeout = "exec", 300*time.Millisecond
		return n.under(o)
	}())
}

// A program that stopped between its two round trips finds that Postgres has ended
// its transaction. That is certain: it is tried again, and where that cannot be nobody
// is told of a doubt.
func TestIdleInTransaction(t *testing.T) {
	t.Parallel()
	what := map[string]func(ctx context.Context, d testStore) (bool, error){
		"cancel": func(ctx context.Context, d testStore) (bool, error) {
			got, err := d.Cancel(ctx, expresstest.CancelPush(1, "W"))
			return got == waybill.CancelDecision{Reason: waybill.Accepted}, err
		},
		"book": func(ctx context.Context, d testStore) (bool, error) {
			got, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1", expresstest.Numbered("WX00000001")))
			return got.Reason == waybill.Accepted && !got.Repeat, err
		},
		"charge": reports["charge"].tell, "contract": reports["contract"].tell,
	}
	for name, do := range what {
		for _, again := range []bool{true, false} {
			t.Run(fmt.Sprint(name, again), func(t *testing.T) {
				t.Parallel()
				var n network
				d := newIdleStore(t, &n)
				d.MustCancel(t, expresstest.CancelPush(9, "none"))
				ctx := n.hangsUp(t)
				d.idleTooLong(t, &n, func() { n.down.Store(!again) })
				first, err := do(ctx, d)
				if n.onCommit.Load() != nil {
					t.Error("there was no COMMIT")
				}
				if again && (err != nil || !first || d.Retries() != 1) {
					t.Errorf("tried again %v times: first %t, %v", d.Retries(), first, err)
				}
				if !again && (err == nil || errors.Is(err, ledger.ErrOutcomeUnknown)) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}
