package instant_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// sealedWith gives a store keys of its own: the present one, and those before.
func sealedWith(keys ...byte) func(*settings) {
	return func(o *settings) {
		p := instanttest.Policy
		p.Keys = nil
		for _, k := range keys {
			p.Keys = append(p.Keys, bytes.Repeat([]byte{k}, 32))
		}
		o.policy = &p
	}
}

// A shop whose secret no key opens fails its own pushes only, with an error that says
// what to do and shows no secret. What the rule refuses without the secret is refused.
func TestShopSealedElsewhere(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	lost := openStore(t, d.Database, sealedWith(9))
	storetest.Must(t, lost.ReplaceShops(t.Context(), []instant.ShopRow{{ID: "L", Secret: instanttest.Secret}, {ID: "I", Secret: instanttest.Secret, Inactive: true}}))
	in := func(shop string) func(*delivery.OrderFields) {
		return func(f *delivery.OrderFields) { f.ShopID = shop }
	}
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	_, err := d.DecidePush(ctx, instanttest.Order(1, delivery.Add, "O", in("L")))
	if err == nil || !strings.Contains(err.Error(), `shop "L"`) || !strings.Contains(err.Error(), "delivery.key") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
	if n := d.retries(); n != 0 {
		t.Errorf("it was tried again %v times", n)
	}
	d.lease(t)
	set := []delivery.Request{
		instanttest.Order(2, delivery.Add, "O1"), instanttest.Order(3, delivery.Add, "O2", in("L")), instanttest.Order(4, delivery.Add, "O3", in("I")), instanttest.Order(5, delivery.Add, "\x00", in("L")),
		instanttest.Order(6, delivery.Add, "O4"),
	}
	got, err := d.RunPushes(t.Context(), set)
	storetest.Must(t, err)
	for i, want := range []delivery.Reason{delivery.Accepted, "", delivery.UnknownShop, delivery.BadIDs, delivery.Accepted} {
		if (got[i] == nil) != (want == "") || want != "" && got[i].Reason != want {
			t.Errorf("push %d: got %v, want %q", i, got[i] != nil, want)
		}
	}
	d.WantInt(t, 4, `SELECT count(*) FROM push`)
	// With the lost key as the previous one it works again.
	both := openStore(t, d.Database, sealedWith(7, 9))
	if got := both.MustDecide(t, instanttest.Order(7, delivery.Add, "O", in("L"))); got.Reason != delivery.Accepted {
		t.Errorf("with the key back: %s", got.Reason)
	}
}

// ReplaceShops overwrites shops, ResetShops deletes their orders too. The ledger stays,
// and so do the orders of other shops.
func TestResetShops(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	other := func(f *delivery.OrderFields) { f.ShopID = "T" }
	rows := []instant.ShopRow{{ID: "T", Secret: instanttest.Secret}, {ID: "S", Secret: instanttest.Secret, Inactive: true}}
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	storetest.Must(t, d.ReplaceShops(t.Context(), rows))
	d.WantReason(t, instanttest.FollowUp(2, delivery.Query, "O"), delivery.UnknownShop, false)
	d.MustAccept(t, instanttest.Order(3, delivery.Add, "O", other))
	storetest.Must(t, d.ReplaceShops(t.Context(), []instant.ShopRow{{ID: "S", Secret: instanttest.Secret}}))
	d.MustAccept(t, instanttest.FollowUp(4, delivery.Cancel, "O"))
	storetest.Must(t, d.ResetShops(t.Context(), []instant.ShopRow{{ID: "S", Secret: "another"}}))
	d.WantReason(t, instanttest.FollowUp(5, delivery.Query, "O"), delivery.WrongSign, false)
	for _, table := range []string{"delivery_order", "delivery_attempt", "delivery_step", "delivery_details"} {
		if n, of := d.Int(t, "SELECT count(*) FROM "+table), d.Int(t, "SELECT count(*) FROM "+table+" WHERE shop_id = 'T'"); n != 1 || of != 1 {
			t.Errorf("%s has %d rows, %d of the other shop", table, n, of)
		}
	}
	d.WantInt(t, 5, `SELECT count(*) FROM push`)
}

// A reset deletes the whole of an order or nothing of it: one that is placed meanwhile
// exists afterwards.
func TestResetShopsBesidePushes(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "old"))
	d.lease(t)
	d.Exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN OLD; END $$`)
	release := d.Lock(t, `SELECT pg_advisory_xact_lock(1)`)
	d.Exec(t, `CREATE TRIGGER slow BEFORE DELETE ON delivery_order FOR EACH ROW EXECUTE FUNCTION slow()`)
	done := make(chan error, 1)
	go func() {
		done <- d.ResetShops(context.Background(), []instant.ShopRow{{ID: "S", Secret: instanttest.Secret}})
	}()
	d.WaitFor(t, storetest.LockWaits)
	placed := make(chan bool)
	go func() {
		d.MustAccept(t, instanttest.Order(2, delivery.Add, "new"))
		close(placed)
	}()
	d.WaitFor(t, `SELECT count(*) / 2 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	release()
	<-placed
	storetest.Must(t, <-done)
	for _, table := range []string{"delivery_order", "delivery_attempt", "delivery_step", "delivery_details"} {
		wantTexts(t, table, d.Texts(t, "SELECT order_id FROM "+table), "new")
	}
	d.WantReason(t, instanttest.Order(3, delivery.Readd, "new"), delivery.OrderUnderWay, false)
	d.MustAccept(t, instanttest.Order(4, delivery.Add, "old"))
}
