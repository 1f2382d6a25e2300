package waybill

import (
	"errors"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
)

// Each result on each state: only the same again changes nothing.
func TestDecideReview(t *testing.T) {
	t.Parallel()
	key := ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"}
	now := time.Unix(1795000000, 0)
	before := map[string]Review{
		"pending":          {ReviewKey: key, State: ReviewPending, Decisions: 3},
		"passed":           {ReviewKey: key, State: ReviewPassed, DecidedAt: now.Add(-time.Hour), DecidedBy: "first", Decisions: 3},
		"failed":           {ReviewKey: key, State: ReviewFailed, DecidedAt: now.Add(-time.Hour), DecidedBy: "first", Message: "no", Decisions: 3},
		"failed otherwise": {ReviewKey: key, State: ReviewFailed, DecidedAt: now.Add(-time.Hour), DecidedBy: "first", Message: "never", Decisions: 3},
	}
	for name, result := range map[string]ReviewResult{
		"passed": {ReviewKey: key, Passed: true, By: "second"},
		"failed": {ReviewKey: key, Message: "no", By: "second"},
	} {
		for state, b := range before {
			b.Push[0], b.RequestedAt = 7, now.Add(-2*time.Hour)
			want := ReviewDecision{Verdict: Repeated, Review: b}
			if state != name {
				want.Verdict = Recorded
				want.Review.State, want.Review.DecidedAt, want.Review.DecidedBy, want.Review.Message, want.Review.Decisions = ReviewState(name), now, "second", result.Message, 4
			}
			got := DecideReview(result, now, b)
			if got != want || got.Changes() != (state != name) {
				t.Errorf("%s on %s: %s, %s, %d decisions", name, state, got.Verdict, got.Review.State, got.Review.Decisions)
			}
		}
	}
}

// A bind makes a review pending and forgets the decision; how many there were it keeps. One
// that waits already waits since the first.
func TestReopen(t *testing.T) {
	t.Parallel()
	then, now := time.Unix(1795000000, 0), time.Unix(1795000060, 0)
	key := ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"}
	for _, tt := range []struct{ before, want Review }{
		{Review{ReviewKey: key}, Review{ReviewKey: key, State: ReviewPending, RequestedAt: now}},
		{Review{ReviewKey: key, State: ReviewPending, RequestedAt: then, Decisions: 2}, Review{ReviewKey: key, State: ReviewPending, RequestedAt: then, Decisions: 2}},
		{
			Review{ReviewKey: key, State: ReviewFailed, RequestedAt: then, DecidedAt: then, DecidedBy: "staff", Message: "no", Decisions: 2},
			Review{ReviewKey: key, State: ReviewPending, RequestedAt: now, Decisions: 2},
		},
	} {
		got := tt.before
		got.Push = ledger.PushID{7}
		got.Reopen(ledger.PushID{8}, now)
		tt.want.Push = ledger.PushID{8}
		if got != tt.want {
			t.Errorf("%s: since %v, decided at %v", tt.before.State, got.RequestedAt, got.DecidedAt)
		}
	}
}

// Each decision about each review has a cause of its own.
func TestReviewCause(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range []Review{
		{ReviewKey: ReviewKey{"a", "B", "s"}, Decisions: 1}, {ReviewKey: ReviewKey{"a", "B", "s"}, Decisions: 2},
		{ReviewKey: ReviewKey{"b", "B", "s"}, Decisions: 1}, {ReviewKey: ReviewKey{"a", "B", "s1"}, Decisions: 1}, {ReviewKey: ReviewKey{"as", "B", ""}, Decisions: 1},
	} {
		seen[r.Cause()] = true
	}
	if len(seen) != 5 {
		t.Errorf("%v", seen)
	}
}

func TestNewReviewResult(t *testing.T) {
	t.Parallel()
	key := ReviewKey{" gh_a", "B\n", "wx1 "}
	long := strings.Repeat("x", MaxReviewMessage)
	for _, tt := range []struct {
		key     ReviewKey
		passed  Setting[bool]
		message string
		field   string
		want    string // the message
	}{
		{key, To(true), "", "", ""}, {key, To(true), " \n", "", ""}, {key, To(false), " 资料\n不全 ", "", "资料 不全"}, {key, To(false), long, "", long},
		{key, Setting[bool]{}, "", "passed", ""}, {key, Setting[bool]{}, "no", "passed", ""}, {key, To(true), "well done", "message", ""},
		{key, To(false), "", "message", ""}, {key, To(false), "\t ", "message", ""}, {key, To(false), long + "x", "message", ""}, {key, To(false), "\xff", "message", ""},
		{ReviewKey{"", "B", "wx1"}, To(true), "", "account", ""}, {ReviewKey{"gh_a", "a\x00b", "wx1"}, To(true), "", "biz_id", ""},
		{ReviewKey{"gh_a", "B", strings.Repeat("x", MaxID+1)}, To(true), "", "shop_app_id", ""},
	} {
		got, err := NewReviewResult(ReviewResult{ReviewKey: tt.key, Message: tt.message, By: "till"}, tt.passed)
		field := ""
		if e, ok := errors.AsType[*input.FieldError](err); ok {
			field = e.Field
		}
		want := ReviewResult{ReviewKey: ReviewKey{"gh_a", "B", "wx1"}, Passed: tt.passed.Value, Message: tt.want, By: "till"}
		if field != tt.field || (err == nil) != (field == "") || err == nil && got != want {
			t.Errorf("%q %v %.20q: field %q, %v", tt.key, tt.passed, tt.message, field, err)
		}
	}
}
