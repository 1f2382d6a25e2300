package express_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// guessedAt is a store with a further merchant C, whose password is pw as B's is, and
// where comparisons of guesses wait until they are let go.
type guessedAt struct {
	testStore
	letGo func()

	mu       *sync.Mutex
	compared *[]string // passwords, in the order in which their comparisons began
}

func newGuessedAt(t *testing.T) guessedAt {
	t.Helper()
	waiting := make(chan struct{})
	g := guessedAt{letGo: sync.OnceFunc(func() { close(waiting) }), mu: new(sync.Mutex), compared: new([]string)}
	t.Cleanup(g.letGo)
	g.testStore = newStore(t, func(o options) options {
		o.Matches = func(hash, pwd string) bool {
			g.mu.Lock()
			*g.compared = append(*g.compared, pwd)
			g.mu.Unlock()
			if strings.HasPrefix(pwd, "guess") {
				<-waiting
			}
			return express.PasswordMatches(hash, pwd)
		}
		return o
	})
	g.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'C', password_hash FROM merchant WHERE biz_id = 'B'`)
	g.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('C', 'WC', 'O-WC')`)
	return g
}

// guess has n passwords tried for a merchant at once, by cancels and by questions
// about its account, and gives what each was told.
func (g guessedAt) guess(ctx context.Context, bizID string, n int) <-chan error {
	errs := make(chan error, n)
	for i := range n {
		pwd := waybill.Password(fmt.Sprintf("guess %s %d", bizID, i))
		go func() {
			var why waybill.Reason
			var err error
			if i%2 == 0 {
				r := expresstest.CancelPush(i, "W")
				r.BizID, r.Password = bizID, pwd
				var d waybill.CancelDecision
				d, err = g.Cancel(ctx, r)
				why = d.Reason
			} else {
				var d waybill.AccountDecision
				d, err = g.Account(ctx, waybill.NewAccountRequest(ledger.Push{ID: ledger.PushID{byte(i >> 8), byte(i), 2}}, bizID, pwd))
				why = d.Reason
			}
			if err == nil && why != waybill.WrongPassword {
				err = fmt.Errorf("a guess was told %s", why)
			}
			errs <- err
		}()
	}
	return errs
}

// excess waits until n guesses were turned away, none of them with a decision.
func excess(t *testing.T, errs <-chan error, n int) {
	t.Helper()
	late := time.After(storetest.Patience)
	for i := range n {
		select {
		case err := <-errs:
			if !errors.Is(err, waybill.ErrTooManyPasswords) {
				t.Fatalf("beyond the limit a guess was told %v", err)
			}
		case <-late:
			t.Fatalf("%d of %d guesses were turned away", i, n)
		}
	}
}

// asks is a cancel by another merchant.
func asMerchant(r waybill.CancelRequest, bizID string) waybill.CancelRequest {
	r.BizID = bizID
	return r
}

// Who guesses for one merchant keeps nobody else's first password waiting, nor the
// merchant's own once it is known. What goes beyond the limit is no decision, and so
// -1; the merchant's new password gets in through the carrier.
func TestGuessing(t *testing.T) {
	t.Parallel()
	g := newGuessedAt(t)
	g.AddWaybills(t, "W1", "W2")
	g.WantCancel(t, expresstest.CancelPush(1000, "none"), waybill.UnknownWaybill, false) // B's password is known now

	const guesses = 400
	errs := g.guess(t.Context(), "B", guesses)
	excess(t, errs, guesses-express.MaxComparisons)
	if all, merchants := g.ComparisonsUnderWay(); all != express.MaxComparisons || merchants != 1 {
		t.Errorf("%d comparisons under way for %d merchants", all, merchants)
	}
	// All this while the guesses of the limit are under way.
	g.WantCancel(t, asMerchant(expresstest.CancelPush(1001, "WC"), "C"), waybill.Accepted, false)
	g.WantCancel(t, expresstest.CancelPush(1002, "W1"), waybill.Accepted, false)
	g.MustPut(t, waybill.Contract{BizID: "B", Password: waybill.To(waybill.Password("new"))}, false)
	fresh := expresstest.CancelPush(1003, "W2")
	fresh.Password = "new"
	g.WantCancel(t, fresh, waybill.Accepted, false)
	g.MustPut(t, waybill.Contract{BizID: "B", Password: waybill.To(waybill.Password("pw"))}, false)

	g.letGo()
	for range express.MaxComparisons {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if all, merchants := g.ComparisonsUnderWay(); all != 0 || merchants != 0 {
		t.Errorf("%d comparisons of %d merchants are left", all, merchants)
	}
	got := g.PasswordChecks()
	if got["too_many"] < guesses-express.MaxComparisons || got["wrong"] < 1 || got["right"] != 2 || got["cached_right"] != 2 || got["cached_wrong"] != 0 {
		t.Errorf("the metric counts %v", got)
	}
	g.WantInt(t, express.MaxComparisons, `SELECT count(*) FROM push WHERE reason = 'wrong_password'`)
}

// However many merchants somebody guesses for, the turns go round: before another
// merchant's first password at most one guess of each is compared.
func TestGuessingForManyMerchants(t *testing.T) {
	t.Parallel()
	g := newGuessedAt(t)
	const merchants = 5
	g.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, password_hash FROM merchant, generate_series(1, $1) AS i WHERE biz_id = 'B'`, merchants)
	release := g.HoldComparisons()
	g.letGo()
	var guesses []<-chan error
	for i := range merchants {
		guesses = append(guesses, g.guess(t.Context(), fmt.Sprint("M", i+1), express.MaxComparisons))
	}
	storetest.Until(t, "all guesses are under way", func() bool {
		all, _ := g.ComparisonsUnderWay()
		return all == merchants*express.MaxComparisons
	})
	done := make(chan waybill.CancelDecision)
	go func() { done <- g.MustCancel(t, asMerchant(expresstest.CancelPush(1, "WC"), "C")) }()
	storetest.Until(t, "the other merchant's is too", func() bool {
		_, n := g.ComparisonsUnderWay()
		return n == merchants+1
	})
	release()
	if d := <-done; d != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("the other merchant is told %v", d)
	}
	for _, errs := range guesses {
		for range express.MaxComparisons {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if at := slices.Index(*g.compared, "pw"); at > merchants+g.TurnsOfAll() {
		t.Errorf("%d guesses were compared before the other merchant's password: %q", at, *g.compared)
	}
}

// Who waits for a comparison leaves when its time is over, takes its place with it,
// and nothing is compared for it any more. Another one that asks the same waits on.
func TestGuessersLeave(t *testing.T) {
	t.Parallel()
	g := newGuessedAt(t)
	g.AddWaybills(t, "W1")
	release := g.HoldComparisons()
	g.letGo()
	ctx, leave := context.WithCancel(t.Context())
	errs := g.guess(ctx, "B", express.MaxComparisons-1)
	first := make(chan error)
	go func() {
		_, err := g.Cancel(ctx, expresstest.CancelPush(1, "none"))
		first <- err
	}()
	storetest.Until(t, "the limit is reached", func() bool {
		all, _ := g.ComparisonsUnderWay()
		return all == express.MaxComparisons
	})
	second := make(chan waybill.CancelDecision)
	go func() { second <- g.MustCancel(t, expresstest.CancelPush(2, "W1")) }() // the same password as the first
	g.WaitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'carrierhook'
		AND state = 'idle' AND upper(query) = 'ROLLBACK'`)
	leave()
	excess(t, errs, express.MaxComparisons-1)
	if err := <-first; !errors.Is(err, waybill.ErrTooManyPasswords) {
		t.Errorf("the first was told %v", err)
	}
	storetest.Until(t, "only the second is left", func() bool {
		all, _ := g.ComparisonsUnderWay()
		return all == 1
	})
	release()
	if d := <-second; d != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("the second was told %v", d)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := *g.compared; !slices.Equal(got, []string{"pw"}) {
		t.Errorf("compared were %q", got)
	}
}

// The same in the line of one merchant, behind a comparison that goes on.
func TestGuessersLeaveTheLine(t *testing.T) {
	t.Parallel()
	g := newGuessedAt(t)
	ctx, leave := context.WithCancel(t.Context())
	errs := g.guess(ctx, "B", express.MaxComparisons)
	storetest.Until(t, "one is compared, and the others wait", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		all, _ := g.ComparisonsUnderWay()
		return all == express.MaxComparisons && len(*g.compared) == 1
	})
	leave()
	excess(t, errs, express.MaxComparisons)
	storetest.Until(t, "only what is compared is left", func() bool {
		all, _ := g.ComparisonsUnderWay()
		return all == 1
	})
	again := g.guess(t.Context(), "B", express.MaxComparisons-1) // there is room for them
	g.letGo()
	for range express.MaxComparisons - 1 {
		if err := <-again; err != nil {
			t.Error(err)
		}
	}
}

// However many wrong passwords are remembered, a right one stays, and is not
// compared again.
func TestWrongPasswordsPushNoRightOneOut(t *testing.T) {
	t.Parallel()
	g := newGuessedAt(t)
	g.WantCancel(t, expresstest.CancelPush(1, "none"), waybill.UnknownWaybill, false)
	g.RememberWrong(50_000)
	if right, wrong := g.KnownPasswords(); right != 1 || wrong >= 50_000 {
		t.Errorf("%d right and %d wrong ones are remembered", right, wrong)
	}
	g.WantCancel(t, expresstest.CancelPush(2, "none"), waybill.UnknownWaybill, false)
	if len(*g.compared) != 1 {
		t.Errorf("compared were %q", *g.compared)
	}
}
