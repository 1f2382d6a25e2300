package waybill

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// MaxMessage is the maximum of bytes that a scan's message may have.
const MaxMessage = 1024

// Scan is what the carrier's own systems report of a parcel. NewScan makes one.
type Scan struct {
	redacted.Struct
	BizID     string // empty: whichever merchant's the number is
	WaybillID string
	Action    Action
	At        time.Time // when it happened, in whole seconds
	Message   string    // for the receiver to read; may hold a courier's telephone number
	Key       string    // under which the same scan comes again
	By        string    // who reported it
}

// ErrActionUnknown says that a scan cannot be one for its action.
var ErrActionUnknown = errors.New("is none of WeChat's action types")

// NewScan cleans what was reported, or says with a *input.FieldError what of it cannot
// be. A scan without a key is the same as another without one that says the same
// of the same waybill.
func NewScan(s Scan) (Scan, error) {
	var f input.Fields
	s.WaybillID = f.ID("waybill_id", s.WaybillID, MaxID)
	s.BizID = f.Text("biz_id", s.BizID, MaxID)
	if !s.Action.Valid() {
		f.Fault("action_type", ErrActionUnknown)
	}
	s.At = f.Time("action_time", s.At)
	s.Message = f.Lines("action_msg", s.Message, MaxMessage)
	s.Key = f.Text("idempotency_key", s.Key, MaxID)
	if s.Key == "" {
		s.Key = s.ownKey()
	}
	return input.Read(f, s)
}

// ownKey is the key of a scan that was reported without one.
func (s Scan) ownKey() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", s.Action, s.At.Unix(), s.Message))
	return ownKeyPrefix + base64.RawURLEncoding.EncodeToString(sum[:])
}

const ownKeyPrefix = "sha256:"

// OwnKey tells whether a key was made of what a scan says. From such a key
// somebody can find out a telephone number in the message, by trying all.
func OwnKey(key string) bool { return strings.HasPrefix(key, ownKeyPrefix) }

// RecordedScan is a scan that is on record.
type RecordedScan struct {
	redacted.Struct
	Action     Action
	At         time.Time
	Message    string
	Key        string
	RecordedAt time.Time
	RecordedBy string
}

// says tells whether a recorded scan says what s says.
func (t *RecordedScan) says(s Scan) bool {
	return t.Action == s.Action && t.At.Equal(s.At) && t.Message == s.Message
}

// ScanDecision is the answer to a scan.
type ScanDecision struct {
	Verdict Verdict

	// Waybill is as it stands now; of no meaning for NoWaybill.
	Waybill Waybill

	// Moved says that the waybill has to be written.
	Moved bool

	// GivesBack says that the merchant's quota gets back what the booking took.
	GivesBack bool
}

// Changes reports whether anything must be written.
func (d ScanDecision) Changes() bool { return d.Verdict == Recorded }

// DecideScan decides about a scan. The waybill is nil when there is none; known is
// what is on record under the scan's key, or nil; now is the time of the
// decision by the database's clock, after the row was locked; latest is that or the
// server's own time, whichever is later. A scan is from the future by both clocks or
// not at all: one clock that is behind would refuse every scan there is.
//
// Scans may come late, twice and in any order. What is said of a waybill that is
// not cancelled is kept, and its status is the furthest of what was said: so it
// does not depend on the order, and never runs backwards. A cancelled waybill
// takes no new scan, not even one with a key that was used: whoever reports it
// must hear of that before anything else, and hand the parcel back. What is
// refused too is a cancelling of a signed parcel, and a time that has not come.
func DecideScan(s Scan, w *Waybill, known *RecordedScan, now, latest time.Time) ScanDecision {
	if w == nil || s.BizID != "" && s.BizID != w.BizID {
		return ScanDecision{Verdict: NoWaybill}
	}
	d := ScanDecision{Waybill: *w}
	switch {
	case known != nil && known.says(s):
		d.Verdict = Repeated
	case w.Status == Cancelled:
		d.Verdict = WaybillCancelled
	case known != nil:
		d.Verdict = KeyReused
	case w.Status == Signed && s.Action == Cancelling:
		d.Verdict = WaybillSigned
	case s.At.After(latest.Add(input.ClockSkew)):
		d.Verdict = InFuture
	default:
		d.Verdict = Recorded
		d.Waybill = w.withScan(s, now)
		d.Moved = d.Waybill != *w
		d.GivesBack = w.FromQuota && !d.Waybill.FromQuota
	}
	return d
}

// withScan is the waybill once the scan is on record. What was taken from a quota
// for a parcel that nobody has collected is given back when it is cancelled.
func (w Waybill) withScan(s Scan, now time.Time) Waybill {
	if w.ScannedAt.IsZero() {
		w.ScannedAt = now
	}
	status := s.Action.Status()
	if status == Cancelled {
		w.FromQuota = w.FromQuota && w.Status != Booked
		w.Status, w.CancelledAt = Cancelled, s.At
		return w
	}
	if status == "" {
		return w
	}
	if w.CollectedAt.IsZero() || s.At.Before(w.CollectedAt) {
		w.CollectedAt = s.At
	}
	if status == Signed && (w.SignedAt.IsZero() || s.At.Before(w.SignedAt)) {
		w.SignedAt = s.At
	}
	if w.Status.CanFollow(status) {
		w.Status = status
	}
	return w
}
