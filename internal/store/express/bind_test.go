package express_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// reviewed makes a store whose carrier's people review merchants.
func reviewed(o options) options {
	o.Policy.Review = true
	return o
}

// bound are the reviews of merchant B, by its mini programs.
func (d testStore) bound(t *testing.T) string {
	t.Helper()
	return strings.Join(d.Texts(t, `SELECT concat_ws(' ', shop_app_id, state, 'push ' || get_byte(push, 1), nullif(message, ''), decisions) FROM merchant_review WHERE biz_id = 'B' ORDER BY 1`), ", ")
}

func (d testStore) wantBound(t *testing.T, want string) {
	t.Helper()
	if got := d.bound(t); got != want {
		t.Errorf("there are %s; want %s", got, want)
	}
}

// wx1 is the review of a mini program of merchant B's.
var wx1 = waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"}

// A merchant with the right account waits until the carrier's people decide, and the same push
// again gets what is so then.
func TestBind(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newBookingStore(t, 7, reviewed, queryMode(mode))
		d.Exec(t, `INSERT INTO quota VALUES ('B', 5)`)
		d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
		d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
		d.WantBind(t, expresstest.BindPush(2, "wx2"), waybill.UnderReview)
		d.wantBound(t, "wx1 pending push 1 0, wx2 pending push 2 0")
		since := d.Text(t, `SELECT requested_at::text FROM merchant_review WHERE shop_app_id = 'wx1'`)
		d.WantBind(t, expresstest.BindPush(3, "wx1"), waybill.UnderReview)
		d.wantBound(t, "wx1 pending push 3 0, wx2 pending push 2 0")
		if now := d.Text(t, `SELECT requested_at::text FROM merchant_review WHERE shop_app_id = 'wx1'`); now != since {
			t.Errorf("it waits since %s, and waited since %s", now, since)
		}

		d.MustReview(t, failed(wx1, "资料不全"), waybill.Recorded)
		d.WantBind(t, expresstest.BindPush(3, "wx1"), waybill.FailedReview)
		d.wantBound(t, "wx1 failed push 3 资料不全 1, wx2 pending push 2 0")
		d.WantBind(t, expresstest.BindPush(4, "wx1"), waybill.UnderReview)
		d.wantBound(t, "wx1 pending push 4 1, wx2 pending push 2 0")
		if now := d.Text(t, `SELECT requested_at::text FROM merchant_review WHERE shop_app_id = 'wx1' AND decided_at IS NULL AND decided_by = ''`); now <= since {
			t.Errorf("it waits since %s, and waited before since %s", now, since)
		}
		d.MustReview(t, passed(wx1), waybill.Recorded)
		for _, push := range []int{4, 5} {
			if got, want := d.MustAccount(t, "B", "pw"), (waybill.AccountDecision{Reason: waybill.Accepted, Quota: 5}); got != want {
				t.Errorf("a query of the quota: %+v", got)
			}
			if got := storetest.Answer(t, "bind", d.Account, expresstest.BindPush(push, "wx1")); got != (waybill.AccountDecision{Reason: waybill.Accepted, Quota: 5}) {
				t.Errorf("who was passed binds: %+v", got)
			}
		}
		d.wantBound(t, "wx1 passed push 4 2, wx2 pending push 2 0")

		want := []string{"-1 review_pending", "10001 review_failed", "-1 review_pending", "0 accepted", "0 accepted", "0 accepted", "0 accepted"}
		got := d.Texts(t, `SELECT concat_ws(' ', result_code, reason) FROM push WHERE biz_id = 'B' AND waybill_id = '' AND order_id = '' ORDER BY at, id`)
		if !slices.Equal(got[len(got)-len(want):], want) {
			t.Errorf("the ledger has %q", got)
		}
	}
}

// Whose account is not right waits for nobody, and nobody who does not bind: queries,
// bookings and cancels are as they were.
func TestOnlyBindsAreReviewed(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 7, reviewed)
	wrong, nobody, noShop := expresstest.BindPush(1, "wx1"), expresstest.BindPush(2, "wx1"), expresstest.BindPush(3, "\x00")
	wrong.Password, nobody.BizID = "wrong", "nobody"
	d.WantBind(t, wrong, waybill.WrongPassword)
	d.WantBind(t, nobody, waybill.UnknownMerchant)
	d.WantBind(t, noShop, waybill.BadIDs)
	if got := d.MustAccount(t, "B", "pw"); got.Reason != waybill.Accepted {
		t.Errorf("a query: %+v", got)
	}
	d.wantBound(t, "")
	d.Exec(t, `INSERT INTO merchant_review (account, biz_id, shop_app_id, state, requested_at, push) VALUES ('gh_a', 'P', 'wxS', 'pending', now(), sha256(''))`)
	number := d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.WantCancel(t, expresstest.CancelOf(4, "P", "O1", number), waybill.Accepted, false)
}

// Without the setting nobody is reviewed, and nothing is written. Once it is there, whoever
// binds next waits; once it is gone again nobody does, and what was decided stays.
func TestReviewsTurnedOn(t *testing.T) {
	t.Parallel()
	off := newStore(t)
	on := openStore(t, off.Database, reviewed(standard))
	off.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.Accepted)
	off.WantBind(t, expresstest.BindPush(2, "\x00"), waybill.Accepted)
	off.wantBound(t, "")
	on.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
	off.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.Accepted)
	on.MustReview(t, failed(wx1, "no"), waybill.Recorded)
	off.WantBind(t, expresstest.BindPush(2, "wx1"), waybill.Accepted)
	on.wantBound(t, "wx1 failed push 1 no 1")
	on.MustReview(t, passed(wx1), waybill.Recorded)
	off.WantBind(t, expresstest.BindPush(3, "wx1"), waybill.Accepted)
	on.WantBind(t, expresstest.BindPush(3, "wx1"), waybill.Accepted)
}

// Each of the carrier's mini programs has reviews of its own.
func TestBindsOfAccounts(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	other := expresstest.BindPush(2, "wx1")
	other.Push.Account = "gh_b"
	d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
	d.WantBind(t, other, waybill.UnderReview)
	d.MustReview(t, passed(wx1), waybill.Recorded)
	d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.Accepted)
	d.WantBind(t, other, waybill.UnderReview)
	d.wantBound(t, "wx1 passed push 1 1, wx1 pending push 2 0")
}

// Many binds at once, through two servers, make a row for each mini program.
func TestBindsAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	stores := []testStore{d, openStore(t, d.Database, reviewed(standard))}
	storetest.AtOnce(64, func(i int) any {
		stores[i%2].WantBind(t, expresstest.BindPush(i/4, fmt.Sprint("wx", i/4)), waybill.UnderReview)
		return nil
	})
	d.WantInt(t, 16, `SELECT count(*) FROM merchant_review WHERE shop_app_id = 'wx' || get_byte(push, 1)`)
	d.WantInt(t, 64, `SELECT count(*) FROM push WHERE reason = 'review_pending'`)
}

// The binds of a batch are decided one after the other, each with what the one before leaves.
func TestBindsInBatch(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
	for _, tt := range []struct {
		pushes []int
		want   []waybill.Reason
		leaves string
	}{
		{[]int{1, 2}, []waybill.Reason{waybill.FailedReview, waybill.UnderReview}, "wx1 pending push 2 1"},
		{[]int{3, 2, 3}, []waybill.Reason{waybill.UnderReview, waybill.UnderReview, waybill.UnderReview}, "wx1 pending push 3 2"},
	} {
		d.MustReview(t, failed(wx1, "no"), waybill.Recorded)
		var batch []waybill.AccountRequest
		for _, n := range tt.pushes {
			batch = append(batch, expresstest.BindPush(n, "wx1"))
		}
		got, err := d.RunAccounts(t.Context(), batch)
		storetest.Must(t, err)
		for i, g := range got {
			if g == nil || g.Reason != tt.want[i] {
				t.Errorf("%v: push %d: %+v, want %s", tt.pushes, tt.pushes[i], g, tt.want[i])
			}
		}
		d.wantBound(t, tt.leaves)
	}
	if _, err := d.RunAccounts(t.Context(), []waybill.AccountRequest{expresstest.BindPush(5, "wx5"), expresstest.BindPush(6, "wx5"), expresstest.BindPush(6, "wx4")}); err != nil {
		t.Error(err)
	}
	d.wantBound(t, "wx1 pending push 3 2, wx4 pending push 6 0, wx5 pending push 6 0")
}

// A bind that comes while the carrier's people decide is answered by what they decide.
func TestBindAfterDecision(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
	d.whileOther(t, `UPDATE merchant_review SET state = 'passed', decided_at = now(), decisions = 1`,
		func() { d.WantBind(t, expresstest.BindPush(2, "wx1"), waybill.Accepted) })
	d.wantBound(t, "wx1 passed push 1 1")
}

// Of two servers that make the same review the second finds that of the first.
func TestBindBesideAnother(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	d.whileOther(t, `INSERT INTO merchant_review (account, biz_id, shop_app_id, state, requested_at, push) VALUES ('gh_a', 'B', 'wx1', 'pending', now(), sha256(''))`,
		func() { d.WantBind(t, expresstest.BindPush(2, "wx1"), waybill.UnderReview) })
	d.wantBound(t, "wx1 pending push 2 0")
	if d.Retries() == 0 {
		t.Error("nothing was tried again: did they meet?")
	}
}

// A batch locks and makes reviews in the order of their key: while it waits for one, it has
// none behind that, and so nobody waits for it who has the one.
func TestBindsLockInOrder(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	d.MustAccount(t, "B", "pw") // so that the password is known
	const add = `INSERT INTO merchant_review (account, biz_id, shop_app_id, state, requested_at, push) VALUES ('gh_a', 'B', $1, 'pending', now(), sha256(''))`
	batch := func() {
		var set []waybill.AccountRequest
		for i := range 9 {
			set = append(set, expresstest.BindPush(i, fmt.Sprint("wx", 9-i)))
		}
		if _, err := d.RunAccounts(context.Background(), set); err != nil {
			t.Error(err)
		}
	}
	for _, there := range []bool{false, true} {
		tx, err := d.DB.Begin(t.Context())
		storetest.Must(t, err)
		defer tx.Rollback(context.Background())
		want := func(sql string, shop string) {
			t.Helper()
			_, err := tx.Exec(t.Context(), sql, shop)
			storetest.Must(t, err)
		}
		sql := add
		if there {
			sql = `SELECT FROM merchant_review WHERE shop_app_id = $1 FOR UPDATE NOWAIT`
		}
		want(sql, "wx1")
		waits, over := d.Meanwhile(t, batch)
		if !waits {
			t.Error("it did not wait")
		}
		for i := range 8 {
			want(sql, fmt.Sprint("wx", 2+i))
		}
		storetest.Must(t, tx.Rollback(t.Context()))
		<-over
	}
	d.WantInt(t, 0, storetest.Deadlocks)
}

// Nobody waits for a review whose row was not written.
func TestBindWritten(t *testing.T) {
	t.Parallel()
	d := newStore(t, reviewed)
	d.MustAccount(t, "B", "pw") // so that the password is known
	d.Exec(t, `CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
		CREATE TRIGGER drops BEFORE INSERT ON merchant_review FOR EACH ROW EXECUTE FUNCTION drops()`)
	if got, err := d.Account(t.Context(), expresstest.BindPush(1, "wx1")); err == nil || !strings.Contains(err.Error(), "wrote 0 rows of 1") {
		t.Errorf("a new one: %+v, %v", got, err)
	}
	d.Exec(t, `DROP TRIGGER drops ON merchant_review`)
	d.WantBind(t, expresstest.BindPush(1, "wx1"), waybill.UnderReview)
	d.WantWritten(t, "one that waits", "merchant_review", func(ctx context.Context) error {
		_, err := d.Account(ctx, expresstest.BindPush(1, "wx1"))
		return err
	})
}
