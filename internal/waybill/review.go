package waybill

import (
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// MaxReviewMessage is how many bytes the message of a failed review may have at most.
const MaxReviewMessage = 1024

// ReviewState is how far the review of a merchant is.
type ReviewState string

// The states. A failed review is pending again when the merchant binds its account again;
// one that is passed stays so until the carrier decides otherwise.
const (
	ReviewPending ReviewState = "pending"
	ReviewPassed  ReviewState = "passed"
	ReviewFailed  ReviewState = "failed"
)

// ReviewStates lists the states.
func ReviewStates() []ReviewState { return []ReviewState{ReviewPending, ReviewPassed, ReviewFailed} }

// ReviewKey names a review: a merchant binds its account to each of its mini programs, at
// each of the carrier's.
type ReviewKey struct {
	Account   string // the user name of the carrier's mini program
	BizID     string
	ShopAppID string // of the merchant's mini program
}

// Review is the review of a merchant that binds its account.
type Review struct {
	redacted.Struct
	ReviewKey
	State       ReviewState
	RequestedAt time.Time     // when it became pending, the last time
	Push        ledger.PushID // that wanted it, the last one
	DecidedAt   time.Time     // zero: it is pending
	DecidedBy   string        // the name of the API token
	Message     string        // of a failed review, for the merchant to read
	Decisions   int           // how many there were
}

// Cause identifies the last decision, for its event: the same merchant may fail and pass
// several times.
func (r *Review) Cause() string {
	return fmt.Sprintf("%s\x00%s\x00%d", r.Account, r.ShopAppID, r.Decisions)
}

// Reopen makes a review pending, by a bind, unless it is; the last push is the one that is
// remembered.
func (r *Review) Reopen(push ledger.PushID, now time.Time) {
	if r.State != ReviewPending {
		r.State, r.RequestedAt = ReviewPending, now
		r.DecidedAt, r.DecidedBy, r.Message = time.Time{}, "", ""
	}
	r.Push = push
}

// ReviewResult is what the carrier's people decide about a merchant. NewReviewResult makes
// one.
type ReviewResult struct {
	redacted.Struct
	ReviewKey
	Passed  bool
	Message string // why it failed, for the merchant to read
	By      string // the name of the API token
}

// Why a field of a result is invalid.
var (
	ErrPassedMissing  = errors.New("is missing: true or false")
	ErrMessageMissing = errors.New("is missing: the merchant reads why it failed")
	ErrMessagePassed  = errors.New("is there, and only the message of a failed review goes to the merchant")
)

// NewReviewResult cleans a result. The error is a *input.FieldError.
func NewReviewResult(r ReviewResult, passed Setting[bool]) (ReviewResult, error) {
	var f input.Fields
	r.Account, r.BizID, r.ShopAppID = f.ID("account", r.Account, MaxID), f.ID("biz_id", r.BizID, MaxID), f.ID("shop_app_id", r.ShopAppID, MaxID)
	r.Passed, r.Message = passed.Value, f.Line("message", r.Message, MaxReviewMessage)
	switch {
	case !passed.Given:
		f.Fault("passed", ErrPassedMissing)
	case r.Passed && r.Message != "":
		f.Fault("message", ErrMessagePassed)
	case !r.Passed && r.Message == "":
		f.Fault("message", ErrMessageMissing)
	}
	return input.Read(f, r)
}

// ReviewDecision is the answer to a result.
type ReviewDecision struct {
	Verdict Verdict // Recorded, or Repeated
	Review  Review  // as it is now
}

// Changes reports whether anything must be written.
func (d *ReviewDecision) Changes() bool { return d.Verdict == Recorded }

// DecideReview decides about a review that there is. The same result again changes nothing;
// another message is another result, for the merchant reads it.
func DecideReview(r ReviewResult, now time.Time, before Review) ReviewDecision {
	state := ReviewFailed
	if r.Passed {
		state = ReviewPassed
	}
	if before.State == state && before.Message == r.Message {
		return ReviewDecision{Verdict: Repeated, Review: before}
	}
	before.State, before.DecidedAt, before.DecidedBy, before.Message = state, now, r.By, r.Message
	before.Decisions++
	return ReviewDecision{Verdict: Recorded, Review: before}
}

// ReviewCall is what WeChat's updateBusiness says of a decided review.
type ReviewCall struct {
	redacted.Struct
	ShopAppID, BizID string
	Passed           bool
	Message          string // of one that failed
}

// ReviewQuery looks for reviews. What is zero does not matter.
type ReviewQuery struct {
	State ReviewState
	After *ReviewCursor // only what comes after it
	Limit int           // at least 1
}

// ReviewCursor is a position among reviews: they come by RequestedAt, oldest first, so that
// one that is pending again comes behind all that was read.
type ReviewCursor struct {
	RequestedAt time.Time
	ReviewKey
}
