package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// importStore is a store without merchants or waybills but those that a test asks
// for.
type importStore struct {
	testStore
	tb testing.TB
}

func newImportStore(tb testing.TB, merchants ...string) importStore {
	tb.Helper()
	d := importStore{newStore(tb), tb}
	d.do(`DELETE FROM merchant`)
	for _, id := range merchants {
		d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ($1, '')`, id)
	}
	return d
}

func (d importStore) do(sql string, args ...any) {
	d.tb.Helper()
	d.Exec(d.tb, sql, args...)
}

// text is the one value that a query gives.
func (d importStore) text(sql string, args ...any) string {
	d.tb.Helper()
	var got *string
	if err := d.DB.QueryRow(context.Background(), sql, args...).Scan(&got); err != nil {
		d.tb.Fatalf("%s: %v", sql, err)
	}
	if got == nil {
		return "NULL"
	}
	return *got
}

// load imports a file.
func (d importStore) load(kind csvimport.Kind, file string) (csvimport.Report, error) {
	return d.Import(context.Background(), kind, strings.NewReader(file))
}

// imported imports lines and expects it to work.
func (d importStore) imported(kind csvimport.Kind, lines ...string) csvimport.Report {
	d.tb.Helper()
	report, err := d.load(kind, strings.Join(lines, "\n"))
	if err != nil {
		d.tb.Fatalf("import: %v", err)
	}
	return report
}

// What is imported counts for pushes: passwords are stored hashed and secrets sealed, and each
// opens to its owner only. The same password again is no change.
func TestImportThenPush(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	file := []string{"biz_id,biz_pwd,no_password", `A,"s3c,""r3t 密",`, "C,,yes"}
	shops := []string{"shop_id,secret,active", `S,"s3c,""r3t 密",`, "T,s3cr3t,no"}
	d.imported(csvimport.Merchants, file...)
	d.imported(csvimport.Shops(false), shops...)
	opens := func(bizID, pwd string) bool {
		r := waybill.NewCancelRequest(ledger.Push{ID: ledger.PushID{9}}, bizID, waybill.Password(pwd), "", "none", "none")
		return d.MustCancel(t, r).Reason == waybill.UnknownWaybill
	}
	opensTo := func(shop string, secret delivery.Secret) bool {
		r := instanttest.FollowUp(1, delivery.Query, "none", func(w *delivery.RequestFields) {
			w.ShopID, w.Sign = shop, delivery.Sign(shop, w.OrderID, secret)
		})
		return d.orders.MustDecide(t, r).Reason == delivery.UnknownOrder
	}
	const secret = `s3c,"r3t 密`
	if !opens("A", secret) || opens("A", "s3cr3t") || !opens("C", "anything") {
		t.Error("a password does not do what the file says")
	}
	if !opensTo("S", secret) || opensTo("S", "s3cr3t") || opensTo("T", "s3cr3t") {
		t.Error("a shop is let in, or not, against what the file says")
	}
	if got := d.tablesWith(t, "s3c"); len(got) != 0 {
		t.Errorf("a secret is in %v in clear", got)
	}
	if got := d.text(`SELECT count(*)::text FROM shop WHERE position('s3c'::bytea IN secret) > 0`); got != "0" {
		t.Error("a secret is stored in clear")
	}
	if m, s := d.imported(csvimport.Merchants, file...), d.imported(csvimport.Shops(false), shops...); m.Unchanged != 2 || s.Unchanged != 2 {
		t.Errorf("again: %+v, %+v", m, s)
	}
}

// Two imports of opposite files and cancels of the same waybills, all at once:
// there is no deadlock, and every cancel that was promised is kept.
func TestImportBesideCancels(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	const n = 6000
	file := func(service, cells string) []string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("B,W%07d,O%07d,%s,%s", i, i, service, cells))
		}
		return lines
	}
	const header = "biz_id,waybill_id,order_id,service,status,collected_at"
	d.imported(csvimport.Waybills, append([]string{header}, file("standard", "booked,")...)...)
	collected := append(file("standard", "collected,2026-11-01T00:00:00Z"), header)
	slices.Reverse(collected)

	var mu sync.Mutex
	promised := map[string]bool{}
	stop := make(chan struct{})
	var pushes sync.WaitGroup
	for range 4 {
		pushes.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%07d", rand.N(n))
				push := ledger.Push{ID: ledger.PushID{1, 2, 3}, Event: "cancel_waybill", Format: "xml", Mode: "plain"}
				got, err := d.Cancel(t.Context(), waybill.NewCancelRequest(push, "B", "", "", "O"+id, "W"+id))
				if err != nil {
					t.Error(err)
				}
				if got.Reason == waybill.Accepted {
					mu.Lock()
					promised[id] = true
					mu.Unlock()
				}
			}
		})
	}
	storetest.Until(t, "a cancel goes through", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(promised) > 0
	})
	var imports sync.WaitGroup
	for _, lines := range [][]string{collected, append([]string{header}, file("express", "booked,")...)} {
		imports.Go(func() {
			if _, err := d.load(csvimport.Waybills, strings.Join(lines, "\n")); err != nil {
				t.Error(err)
			}
		})
	}
	imports.Wait()
	close(stop)
	pushes.Wait()
	if len(promised) == 0 {
		t.Error("no cancel went through beside the imports")
	}
	for id := range promised {
		if got := d.text(`SELECT status::text FROM waybill WHERE waybill_id = $1`, "W"+id); got != "cancelled" {
			t.Errorf("waybill W%s was cancelled by a push and is %s", id, got)
		}
	}
	if got := d.text(`SELECT count(*)::text FROM waybill WHERE status NOT IN ('collected', 'cancelled')`); got != "0" {
		t.Errorf("%s waybills are neither collected nor cancelled", got)
	}
	d.WantInt(t, 0, storetest.Deadlocks)
}
