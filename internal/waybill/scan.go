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

// MaxMessage is how many bytes a scan's message may have at most.
const MaxMessage = 1024

// Scan is what the carrier's systems report of a parcel. NewScan makes one.
type Scan struct {
	redacted.Struct
	BizID     string // empty: any merchant's
	WaybillID string
	Action    Action
	At        time.Time // when it happened, in whole seconds
	Message   string    // for the receiver to read; may have a courier's telephone number
	Key       string    // the idempotency key
	By        string    // the name of the reporter's token
}

// ErrActionUnknown says that an action does not exist.
var ErrActionUnknown = errors.New("is none of WeChat's action types")

// NewScan cleans a scan. The error is a *input.FieldError. A scan without a key gets one made
// of its content.
func NewScan(s Scan) (Scan, error) {
	var f input.Fields
	s.WaybillID = f.ID("waybill_id", s.WaybillID, MaxID)
	s.BizID = f.OptionalID("biz_id", s.BizID, MaxID)
	if !s.Action.Valid() {
		f.Fault("action_type", ErrActionUnknown)
	}
	s.At = f.Time("action_time", s.At)
	s.Message = f.Line("action_msg", s.Message, MaxMessage)
	s.Key = f.OptionalID("idempotency_key", s.Key, MaxID)
	if s.Key == "" {
		s.Key = s.ownKey()
	}
	return input.Read(f, s)
}

// ownKey is the key of a scan without one.
func (s Scan) ownKey() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", s.Action, s.At.Unix(), s.Message))
	return ownKeyPrefix + base64.RawURLEncoding.EncodeToString(sum[:])
}

const ownKeyPrefix = "sha256:"

// OwnKey reports whether a key was made of a scan's content. A telephone number in the
// message can be found out from such a key by trying all.
func OwnKey(key string) bool { return strings.HasPrefix(key, ownKeyPrefix) }

// Cause identifies a scan of a waybill where nothing personal may be found out: a key that
// was made of the message could be found by trying all telephone numbers. Two bytes of it
// tell apart scans of one second, and no more.
func (s Scan) Cause() string {
	if !OwnKey(s.Key) {
		return s.Key
	}
	return fmt.Sprintf("%d %d %.2x", s.Action, s.At.Unix(), sha256.Sum256([]byte(s.Message)))
}

// RecordedScan is a scan that was recorded.
type RecordedScan struct {
	redacted.Struct
	Action     Action
	At         time.Time
	Message    string
	Key        string
	RecordedAt time.Time
	RecordedBy string
}

// equals reports whether a recorded scan has the content of s.
func (r *RecordedScan) equals(s Scan) bool {
	return r.Action == s.Action && r.At.Equal(s.At) && r.Message == s.Message
}

// ScanDecision is the answer to a scan.
type ScanDecision struct {
	Verdict   Verdict
	Waybill   Waybill // as it is now; meaningless for NoWaybill
	Moved     bool    // the waybill must be written
	GivesBack bool    // the merchant's quota gets back what the booking took
}

// Changes reports whether anything must be written.
func (d ScanDecision) Changes() bool { return d.Verdict == Recorded }

// DecideScan decides a scan. The waybill is nil if there is none; recorded is the scan that
// has the same key, or nil; now is the time of the decision by the database's clock, after
// the row was locked; latest is that or the server's own time, whichever is later. Only a
// scan that is in the future by both clocks is refused: by one clock that is behind, every
// scan would be.
//
// Scans may come late, twice and in any order. Scans of a waybill are recorded unless it is
// cancelled, and its status is the furthest of theirs: it does not depend on their order
// and never moves backwards. A cancelled waybill refuses new scans before the key is
// checked: the reporter must learn first that the parcel has to be handed back. Refused
// too are the cancelling of a signed parcel, and a time in the future.
func DecideScan(s Scan, w *Waybill, recorded *RecordedScan, now, latest time.Time) ScanDecision {
	if w == nil || s.BizID != "" && s.BizID != w.BizID {
		return ScanDecision{Verdict: NoWaybill}
	}
	d := ScanDecision{Waybill: *w}
	switch {
	case recorded != nil && recorded.equals(s):
		d.Verdict = Repeated
	case w.Status == Cancelled:
		d.Verdict = WaybillCancelled
	case recorded != nil:
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

// withScan is the waybill after the scan. Cancelling a parcel that was not collected gives
// back what its booking took from the quota.
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
