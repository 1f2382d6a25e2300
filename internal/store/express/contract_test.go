package express_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"carrierhook/internal/input"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// What a contract does not say stays; of a new merchant it is what is usual. What
// comes back is what holds.
func TestPutMerchant(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		want := func(got, want waybill.Merchant) {
			t.Helper()
			if (got.PasswordHash != "") != (want.PasswordHash != "") {
				t.Errorf("%s: the password's hash is %q", mode, got.PasswordHash)
			}
			want.PasswordHash = got.PasswordHash
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, want %+v", mode, got, want)
			}
		}
		m := d.MustPut(t, waybill.Contract{BizID: "N", NoPassword: waybill.To(true)}, true)
		want(m, waybill.Merchant{BizID: "N", CancelAllowed: true})
		m = d.MustPut(t, waybill.Contract{BizID: "N", Password: waybill.To(waybill.Password("secret"))}, false)
		want(m, waybill.Merchant{BizID: "N", CancelAllowed: true, PasswordHash: "some"})
		hash := m.PasswordHash
		m = d.MustPut(t, waybill.Contract{BizID: "N", CancelAllowed: waybill.To(false), Quota: expresstest.QuotaOf(7)}, false)
		want(m, waybill.Merchant{BizID: "N", PasswordHash: "some", Prepaid: true, Quota: 7})
		m = d.MustPut(t, waybill.Contract{BizID: "N", Services: waybill.To([]string{"STD", "a {}\"b'"}), Quota: expresstest.QuotaOf(0)}, false)
		want(m, waybill.Merchant{BizID: "N", PasswordHash: "some", Prepaid: true, Services: []string{"STD", "a {}\"b'"}})
		m = d.MustPut(t, waybill.Contract{BizID: "N"}, false)
		want(m, waybill.Merchant{BizID: "N", PasswordHash: "some", Prepaid: true, Services: []string{"STD", "a {}\"b'"}})
		m = d.MustPut(t, waybill.Contract{BizID: "N", Services: waybill.To([]string{}), CancelAllowed: waybill.To(true), Quota: waybill.To[*int64](nil)}, false)
		want(m, waybill.Merchant{BizID: "N", PasswordHash: "some", CancelAllowed: true, Services: []string{}})
		m = d.MustPut(t, waybill.Contract{BizID: "N", Services: waybill.To[[]string](nil), Password: waybill.To(waybill.Password("secret"))}, false)
		want(m, waybill.Merchant{BizID: "N", PasswordHash: "some", CancelAllowed: true})
		if m.PasswordHash != hash {
			t.Errorf("%s: the same password has another hash", mode)
		}
		m = d.MustPut(t, waybill.Contract{BizID: "N", NoPassword: waybill.To(true)}, false)
		want(m, waybill.Merchant{BizID: "N", CancelAllowed: true})
		m = d.MustPut(t, waybill.Contract{
			BizID: "M", Password: waybill.To(waybill.Password("pw")), CancelAllowed: waybill.To(false), Quota: expresstest.QuotaOf(3), Services: waybill.To([]string{"STD"}),
		}, true)
		want(m, waybill.Merchant{BizID: "M", PasswordHash: "some", Prepaid: true, Quota: 3, Services: []string{"STD"}})
		if m := d.MustPut(t, waybill.Contract{BizID: "B"}, false); m.PasswordHash == "" || !m.CancelAllowed {
			t.Errorf("%s: nothing was said, and now it is %+v", mode, m)
		}
	}
}

// A new merchant is not made without a word about its password, whatever else is
// said of it; of a known one nothing changes, and none is taken away by silence.
func TestPutMerchantWithoutPassword(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	for _, c := range []waybill.Contract{
		{BizID: "N"},
		{BizID: "N", Quota: expresstest.QuotaOf(3), CancelAllowed: waybill.To(true), Services: waybill.To([]string{"STD"})},
		{BizID: "N", Quota: waybill.To[*int64](nil)},
	} {
		_, _, err := d.PutMerchant(t.Context(), c)
		if field, ok := errors.AsType[*input.FieldError](err); !ok || field.Field != "password" || !errors.Is(err, waybill.ErrPasswordMissing) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	d.WantInt(t, 0, `SELECT (SELECT count(*) FROM merchant WHERE biz_id = 'N') + (SELECT count(*) FROM quota)`)
	open := func(want int) {
		t.Helper()
		if n, err := d.MerchantsWithoutPassword(t.Context()); err != nil || n != want {
			t.Errorf("%d merchants without a password, %v; want %d", n, err, want)
		}
	}
	open(0)
	d.MustPut(t, waybill.Contract{BizID: "N", NoPassword: waybill.To(true)}, true)
	d.MustPut(t, waybill.Contract{BizID: "M", NoPassword: waybill.To(true)}, true)
	d.MustPut(t, waybill.Contract{BizID: "B", Quota: expresstest.QuotaOf(3)}, false)
	open(2)
	d.MustPut(t, waybill.Contract{BizID: "N", Quota: expresstest.QuotaOf(3)}, false)
	open(2)
	d.MustPut(t, waybill.Contract{BizID: "N", Password: waybill.To(waybill.Password("pw"))}, false)
	open(1)
}

// What was changed through one server holds on the other with the next push: the
// password, whether cancelling is allowed, the services and the quota.
func TestPutMerchantEverywhere(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5)
	other := openStore(t, d.Database, standard)
	d.warm(t, 1000)
	other.warm(t, 1001)
	d.AddWaybills(t, "W1", "W2", "W3")
	other.WantCancel(t, expresstest.CancelPush(1, "W1"), waybill.Accepted, false)
	other.Booked(t, expresstest.OrderPush(1, "P", "O1"))

	d.MustPut(t, waybill.Contract{BizID: "B", Password: waybill.To(waybill.Password("new"))}, false)
	other.WantCancel(t, expresstest.CancelPush(2, "W2"), waybill.WrongPassword, false)
	fresh := expresstest.CancelPush(3, "W2")
	fresh.Password = "new"
	other.WantCancel(t, fresh, waybill.Accepted, false)

	d.MustPut(t, waybill.Contract{BizID: "B", CancelAllowed: waybill.To(false)}, false)
	late := expresstest.CancelPush(4, "W3")
	late.Password = "new"
	other.WantCancel(t, late, waybill.MerchantContract, false)

	d.Exec(t, `INSERT INTO service VALUES (2, 'express', 'EXP', 50000, 2000, 10, 1000000)`)
	d.MustPut(t, waybill.Contract{BizID: "P", Services: waybill.To([]string{"EXP"})}, false)
	other.WantRefused(t, expresstest.OrderPush(2, "P", "O2"), waybill.ServiceNotCovered)
	d.MustPut(t, waybill.Contract{BizID: "P", Services: waybill.To([]string{"EXP", "STD"}), Quota: expresstest.QuotaOf(0)}, false)
	other.WantRefused(t, expresstest.OrderPush(3, "P", "O3"), waybill.QuotaUsedUp)
	d.MustPut(t, waybill.Contract{BizID: "P", Quota: waybill.To[*int64](nil)}, false)
	other.Booked(t, expresstest.OrderPush(4, "P", "O4"))
}

// Many who make the same merchant at once: one of them has made it, and the last
// word holds.
func TestPutMerchantAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for round := range 10 {
		id := fmt.Sprint("N", round)
		created := make(chan bool, 8)
		for i := range cap(created) {
			go func() {
				_, isNew, err := stores[i%2].PutMerchant(context.Background(), waybill.Contract{BizID: id, NoPassword: waybill.To(true), Quota: expresstest.QuotaOf(int64(i))})
				if err != nil {
					t.Error(err)
				}
				created <- isNew
			}()
		}
		made := 0
		for range cap(created) {
			if <-created {
				made++
			}
		}
		if made != 1 {
			t.Errorf("%s was made %d times", id, made)
		}
	}
}
