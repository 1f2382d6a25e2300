package waybill

import (
	"strings"
	"testing"

	"carrierhook/internal/ledger"
)

// The whole truth table.
func TestAccountTruthTable(t *testing.T) {
	seen := map[Reason]bool{}
	for bits := range 1 << 6 {
		on := func(n int) bool { return bits>>n&1 == 1 }
		malformed, exists, right, open, prepaid, left := on(0), on(1), on(2), on(3), on(4), on(5)
		r := NewAccountRequest(ledger.Push{}, "B", "pw")
		if malformed {
			r = NewAccountRequest(ledger.Push{}, "", "pw")
		}
		m := merchant()
		m.Prepaid = prepaid
		if open {
			m.PasswordHash = ""
		}
		if left {
			m.Quota = 7
		}
		if !exists {
			m = nil
		}
		want := AccountDecision{Reason: Accepted}
		switch {
		case malformed:
			want = AccountDecision{Reason: BadIDs, Field: "BizID"}
		case !exists:
			want.Reason = UnknownMerchant
		case !right && !open:
			want.Reason = WrongPassword
		case prepaid && left:
			want.Quota = 7
		}
		if got := DecideAccount(r, m, right); got != want {
			t.Errorf("%06b: got %+v, want %+v", bits, got, want)
		}
		seen[want.Reason] = true
	}
	for _, r := range AccountReasons() {
		if !seen[r] {
			t.Errorf("reason %s was never decided", r)
		}
	}
}

// Every decision about the account, with every review that there may be before.
func TestBindTruthTable(t *testing.T) {
	t.Parallel()
	mine, other := ledger.PushID{1}, ledger.PushID{2}
	review := func(s ReviewState, by ledger.PushID) *Review { return &Review{State: s, Push: by} }
	seen := map[Reason]bool{}
	for _, shop := range []string{"wx1", ""} {
		r := NewBindRequest(ledger.Push{ID: mine}, "B", shop, "pw")
		for _, of := range []AccountDecision{
			{Reason: BadIDs, Field: "BizID"}, {Reason: UnknownMerchant}, {Reason: WrongPassword}, {Reason: Accepted}, {Reason: Accepted, Quota: 7},
		} {
			for _, before := range []struct {
				*Review
				want Reason // of the right account
			}{
				{nil, UnderReview}, {review(ReviewPending, mine), UnderReview}, {review(ReviewPending, other), UnderReview},
				{review(ReviewPassed, mine), Accepted}, {review(ReviewPassed, other), Accepted},
				{review(ReviewFailed, mine), FailedReview}, {review(ReviewFailed, other), UnderReview},
			} {
				want := of
				switch {
				case of.Reason == BadIDs:
				case shop == "":
					want = AccountDecision{Reason: BadIDs, Field: "ShopAppID"}
				case of.Reason == Accepted && before.want != Accepted:
					want = AccountDecision{Reason: before.want}
				}
				got := DecideBind(r, of, before.Review)
				if got != want || got.Pending() != (want.Reason == UnderReview) {
					t.Errorf("shop %q, %+v, before %+v: got %+v, want %+v", shop, of, before.Review, got, want)
				}
				seen[got.Reason] = true
			}
		}
	}
	for _, r := range BindReasons() {
		if !seen[r] {
			t.Errorf("reason %s was never decided", r)
		}
	}
}

// A bind reads the mini program too; where no review needs it, an invalid one is no matter.
func TestNewBindRequest(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"wx1": "wx1", " wx1\n": "wx1", strings.Repeat("x", MaxID): strings.Repeat("x", MaxID),
		"": "", " ": "", strings.Repeat("x", MaxID+1): "", "a\x00b": "", "\xff": "",
	} {
		r := NewBindRequest(ledger.Push{ID: mine}, " B", id, "pw")
		if r.Malformed || r.Field != "" || !r.Binds || r.BizID != "B" || r.ShopAppID != want || r.Password != "pw" || r.Push.ID != mine {
			t.Errorf("%q: %+v", id, r)
		}
	}
	if r := NewBindRequest(ledger.Push{}, "", "", ""); !r.Malformed || r.Field != "BizID" {
		t.Errorf("%+v", r)
	}
}

func TestNewAccountRequest(t *testing.T) {
	for id, malformed := range map[string]bool{
		"B": false, " B\n": false, strings.Repeat("x", MaxID): false,
		"": true, " ": true, strings.Repeat("x", MaxID+1): true, "a\x00b": true,
	} {
		r := NewAccountRequest(ledger.Push{ID: mine}, id, "pw")
		if r.Malformed != malformed || r.BizID != strings.TrimSpace(id) || r.Password != "pw" || r.Push.ID != mine {
			t.Errorf("%q: %+v", id, r)
		}
	}
}
