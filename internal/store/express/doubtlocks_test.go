package express_test

import (
	"context"
	"fmt"
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// A booking in doubt has its waybill before it has a quota, as everybody has: a cancel
// of the waybill, which has that and is about to give back, does not wait for who waits
// for it.
func TestDoubtAgainstQuota(t *testing.T) {
	t.Parallel()
	var p storetest.Proxy
	d := newBookingStore(t, 10, queryMode("exec"), func(o options) options {
		o.Dial = p.Dial
		return o
	})
	other := openStore(t, d.Database, standard)
	d.warm(t, 100)
	other.warm(t, 101)
	booked := expresstest.OrderPush(1, "P", "O1")
	number := d.Booked(t, booked)
	var done chan bool
	p.BeforeCommit(func() {
		var waits bool
		waits, done = d.Meanwhile(t, func() {
			decided, err := other.DoubtfulBook(booked).Run(context.Background(), expresstest.OrderPush(2, "P", "O2"))
			if !decided || err != nil {
				t.Errorf("the booking in doubt: decided %t, %v", decided, err)
			}
		})
		if !waits {
			t.Error("nobody waits for the cancel: is anything tested?")
		}
	})
	d.WantCancel(t, expresstest.CancelOf(3, "P", "O1", number), waybill.Accepted, false)
	<-done
	if got := d.Retries() + other.Retries(); got != 0 {
		t.Errorf("%v tries failed", got)
	}
	if got := d.Quota(t, "P"); got != 9 { // of 10, for O2
		t.Errorf("the quota is %d", got)
	}
}

// Who finds one waybill done and makes another locks the first before the second,
// whether it is a registration or a booking: neither waits for who waits for it.
func TestFoundBeforeMade(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 10)
	d.warm(t, 100)
	here := func(id, number string) waybill.Registration {
		return waybill.Registration{BizID: "B", WaybillID: number, OrderID: id, ShopAppID: "wxS", Service: "STD"}
	}
	booked := expresstest.OrderPush(1, "B", "O1", expresstest.Numbered("WX00000001"))
	d.Booked(t, booked)
	release := d.Lock(t, `SELECT FROM waybill WHERE order_id = 'O1' FOR UPDATE`)
	waiting := func(n int) {
		t.Helper()
		storetest.Until(t, fmt.Sprint(n, " wait"), func() bool { return d.Int(t, storetest.LockWaits) == n })
	}
	var failed [2]error
	_, first := d.Meanwhile(t, func() {
		_, failed[0] = d.DoubtfulBook(booked).Run(context.Background(), expresstest.OrderPush(2, "B", "O2", expresstest.Numbered("WX00000002")))
	})
	waiting(1)
	second := make(chan bool)
	go func() {
		defer close(second)
		_, failed[1] = d.RunRegistrations(context.Background(), []waybill.Registration{here("O2", "WX00000002"), here("O1", "WX00000001")})
	}()
	waiting(2)
	release()
	<-first
	<-second
	if failed[0] != nil || pg.Deadlock(failed[1]) { // which finds the number taken
		t.Errorf("the booking in doubt: %v; the registration: %v", failed[0], failed[1])
	}
	if got := d.MustRegister(t, here("O2", "WX00000002")); got.Verdict != waybill.Repeated {
		t.Errorf("the registration: %s", got.Verdict)
	}
}
