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
		r.Malformed = malformed
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
			want.Reason = BadIDs
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
