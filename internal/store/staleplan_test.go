package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// prepared are the ways in which the store asks Postgres. n is another number each
// time.
var prepared = map[string]func(ctx context.Context, d testStore, n int) error{
	"cancel": func(ctx context.Context, d testStore, n int) error {
		got, err := d.Cancel(ctx, expresstest.CancelPush(n, fmt.Sprint("W", n)))
		if err == nil && got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
			err = fmt.Errorf("got %+v", got)
		}
		return err
	},
	"look": func(ctx context.Context, d testStore, _ int) error {
		_, err := d.Waybills(ctx, waybill.WaybillQuery{WaybillID: "W1"})
		return err
	},
	"contract": func(ctx context.Context, d testStore, _ int) error {
		_, _, err := d.PutMerchant(ctx, waybill.Contract{BizID: "P"})
		return err
	},
	"catalogue": func(ctx context.Context, d testStore, _ int) error { return d.RefreshCatalogue(ctx) },
	"lease": func(ctx context.Context, d testStore, _ int) error {
		defer d.TakeNumber()
		return d.LeaseNumbers(ctx)
	},
}

// stale is what makes prepared statements stale behind the store's back.
var stale = map[string]func(*testing.T, testStore, *storetest.Proxy){
	"0A000": func(t *testing.T, d testStore, _ *storetest.Proxy) {
		d.Exec(t, `ALTER TABLE waybill ALTER COLUMN order_id TYPE varchar(200);
			ALTER TABLE merchant ALTER COLUMN password_hash TYPE varchar(200);
			ALTER TABLE number_range ALTER COLUMN prefix TYPE varchar(200);
			ALTER TABLE catalogue ALTER COLUMN version TYPE integer`)
	},
	"26000": func(_ *testing.T, _ testStore, p *storetest.Proxy) { p.Once(p.Dials.Load(), dealloc) },
	"42P05": func(t *testing.T, d testStore, p *storetest.Proxy) {
		d.Forget()
		p.Once(p.Dials.Load()+1, taken)
	},
}

func dealloc(sent []byte) string {
	if sent[0] != 'B' {
		return ""
	}
	return "DEALLOCATE ALL"
}

// taken takes the name that is about to be given to a statement.
func taken(sent []byte) string {
	if sent[0] != 'P' {
		return ""
	}
	name, _, _ := bytes.Cut(sent[5:], []byte{0})
	return `PREPARE "` + string(name) + `" AS SELECT 1`
}

func newProxyStore(t *testing.T, p *storetest.Proxy) testStore {
	d := newBookingStore(t, 10, func(o store.Options) store.Options {
		o.Lease = 1
		return store.WithDial(o, p.Dial)
	})
	d.AddWaybills(t, "W1", "W2", "W3", "W4")
	return d
}

// onBoth does something on each of two connections.
func (d testStore) onBoth(t *testing.T, do func()) {
	t.Helper()
	take := func() func() { return storetest.TakeConns(t, d.Pool().Pool, 1) }
	first, second := take(), take()
	first()
	do()
	first = take()
	second()
	do()
	first()
}

// Statements that Postgres does not know any more, or otherwise, cost a try and not
// the answer, however many connections have them.
func TestStalePlanOnce(t *testing.T) {
	t.Parallel()
	for code, spoil := range stale {
		for name, call := range prepared {
			t.Run(code+" "+name, func(t *testing.T) {
				t.Parallel()
				var p storetest.Proxy
				d := newProxyStore(t, &p)
				n := 0
				d.onBoth(t, func() {
					n++
					storetest.Must(t, call(t.Context(), d, n))
				})
				spoil(t, d, &p)
				before := p.Dials.Load()
				if err := call(t.Context(), d, 3); err != nil {
					t.Error(err)
				}
				if p.Dials.Load() == before {
					t.Error("it needed no other connection: is anything tested?")
				}
			})
		}
	}
}

// Where that is so each time, as behind a pooler in transaction mode, the error says
// what to set, and that nothing has happened.
func TestStalePlanAlways(t *testing.T) {
	t.Parallel()
	for code, say := range map[string]func([]byte) string{"26000": dealloc, "42P05": taken} {
		for name, call := range prepared {
			t.Run(code+" "+name, func(t *testing.T) {
				t.Parallel()
				var p storetest.Proxy
				d := newProxyStore(t, &p)
				p.Always(func(_ int64, sent []byte) string { return say(sent) })
				err := call(t.Context(), d, 1)
				if err == nil || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), "database.query_mode") {
					t.Errorf("got %v", err)
				}
				if errors.Is(err, ledger.ErrOutcomeUnknown) || d.Retries() != 0 {
					t.Errorf("tried again %v times: %v", d.Retries(), err)
				}
				if got := p.Dials.Load(); got > 3 {
					t.Errorf("connected %d times", got)
				}
			})
		}
	}
}
