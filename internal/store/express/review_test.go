package express_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

var reviewKey = waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"}

func passed(k waybill.ReviewKey) waybill.ReviewResult {
	return waybill.ReviewResult{ReviewKey: k, Passed: true, By: "staff"}
}

func failed(k waybill.ReviewKey, why string) waybill.ReviewResult {
	return waybill.ReviewResult{ReviewKey: k, Message: why, By: "staff"}
}

// storedReview is the row of a review without its times.
func (d testStore) storedReview(t *testing.T, k waybill.ReviewKey) string {
	t.Helper()
	return d.Text(t, `SELECT concat_ws('/', state, decided_by, message, decisions, decided_at IS NOT NULL) FROM merchant_review
		WHERE account = $1 AND biz_id = $2 AND shop_app_id = $3`, k.Account, k.BizID, k.ShopAppID)
}

// A decision holds for the one review that it names, until another is made.
func TestDecideReview(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		others := []waybill.ReviewKey{{Account: "gh_b", BizID: "B", ShopAppID: "wx1"}, {Account: "gh_a", BizID: "C", ShopAppID: "wx1"}, {Account: "gh_a", BizID: "B", ShopAppID: "wx2"}}
		for _, k := range append(others, reviewKey) {
			expresstest.AddReview(t, d.Database, k)
		}
		for _, step := range []struct {
			result waybill.ReviewResult
			want   waybill.Verdict
			row    string
		}{
			{failed(reviewKey, "资料不全"), waybill.Recorded, "failed/staff/资料不全/1/t"},
			{failed(reviewKey, "资料不全"), waybill.Repeated, "failed/staff/资料不全/1/t"},
			{failed(reviewKey, "合同未签"), waybill.Recorded, "failed/staff/合同未签/2/t"},
			{passed(reviewKey), waybill.Recorded, "passed/staff//3/t"},
			{passed(reviewKey), waybill.Repeated, "passed/staff//3/t"},
			{failed(reviewKey, "资料不全"), waybill.Recorded, "failed/staff/资料不全/4/t"},
		} {
			got := d.MustReview(t, step.result, step.want)
			if row := d.storedReview(t, reviewKey); row != step.row || got.ReviewKey != reviewKey || got.Message != step.result.Message {
				t.Errorf("%s: %s, want %s", mode, row, step.row)
			}
		}
		for _, k := range others {
			if row := d.storedReview(t, k); row != "pending///0/f" {
				t.Errorf("%s: %+v is %s", mode, k, row)
			}
		}
		for _, k := range []waybill.ReviewKey{{Account: "gh_c", BizID: "B", ShopAppID: "wx1"}, {Account: "", BizID: "B", ShopAppID: "wx1"}} {
			if _, err := d.DecideReview(t.Context(), passed(k)); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("%s: %+v: %v", mode, k, err)
			}
		}
	}
}

// The same decision through two servers at once is made once, and of two different ones the
// last holds, each with a number of its own.
func TestDecideReviewAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	expresstest.AddReview(t, d.Database, reviewKey)
	verdicts := storetest.AtOnce(8, func(i int) waybill.Verdict {
		got, err := stores[i%2].DecideReview(context.Background(), passed(reviewKey))
		if err != nil {
			t.Error(err)
		}
		return got.Verdict
	})
	made := 0
	for _, v := range verdicts {
		if v == waybill.Recorded {
			made++
		}
	}
	if row := d.storedReview(t, reviewKey); made != 1 || row != "passed/staff//1/t" {
		t.Errorf("made %d times: %s", made, row)
	}
}

// A decision that comes while another is under way is made on what that one leaves.
func TestDecideReviewAfterAnother(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	expresstest.AddReview(t, d.Database, reviewKey)
	d.whileOther(t, `UPDATE merchant_review SET state = 'passed', decided_at = now(), decided_by = 'other', decisions = 1`,
		func() { d.MustReview(t, passed(reviewKey), waybill.Repeated) })
	if row := d.storedReview(t, reviewKey); row != "passed/other//1/t" {
		t.Errorf("%s", row)
	}
}

// whileOther does something that has to wait for the transaction of another, which commits.
func (d testStore) whileOther(t *testing.T, sql string, do func()) {
	t.Helper()
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(t.Context(), sql)
	storetest.Must(t, err)
	waits, over := d.Meanwhile(t, do)
	if !waits {
		t.Error("it did not wait")
	}
	storetest.Must(t, tx.Commit(t.Context()))
	<-over
}

// A decision whose row something keeps from being written is not said to be made.
func TestReviewWritten(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	expresstest.AddReview(t, d.Database, reviewKey)
	d.WantWritten(t, "a review", "merchant_review", func(ctx context.Context) error {
		_, err := d.DecideReview(ctx, passed(reviewKey))
		return err
	})
}

// Pages have the reviews of a state, those that became pending first; one that is pending
// again comes behind all others.
func TestReviews(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		d.Exec(t, `INSERT INTO merchant_review (account, biz_id, shop_app_id, state, requested_at, push, decided_at, decisions)
			SELECT 'gh_' || i % 2, 'B' || i % 10, 'wx' || i, CASE WHEN i % 3 = 0 THEN 'passed' ELSE 'pending' END, '2026-11-01Z'::timestamptz + i / 7 * interval '1 us', sha256(''),
				CASE WHEN i % 3 = 0 THEN now() END, i % 2 + 1 FROM generate_series(1, 60) AS i`)
		for state, want := range map[waybill.ReviewState]int{"": 60, waybill.ReviewPending: 40, waybill.ReviewPassed: 20, waybill.ReviewFailed: 0} {
			q := waybill.ReviewQuery{State: state, Limit: 7}
			var keys []string
			for more := true; more; {
				var page []waybill.Review
				var err error
				page, more, err = d.Reviews(t.Context(), q)
				if err != nil || len(page) > 7 || more && len(page) < 7 {
					t.Fatalf("%s, %s: %d, %v", mode, state, len(page), err)
				}
				for _, r := range page {
					keys = append(keys, fmt.Sprint(r.RequestedAt.UnixMicro(), r.BizID, r.ShopAppID, r.Account))
					q.After = &waybill.ReviewCursor{RequestedAt: r.RequestedAt, ReviewKey: r.ReviewKey}
					if state != "" && r.State != state || (r.State == waybill.ReviewPending) != r.DecidedAt.IsZero() {
						t.Errorf("%s: %s among %s", mode, r.State, state)
					}
				}
			}
			if len(keys) != want || !slices.IsSorted(keys) || len(slices.Compact(keys)) != want {
				t.Errorf("%s, %s: %d reviews: %v", mode, state, len(keys), keys)
			}
		}
	}
}
