package waybill

import (
	"slices"
	"testing"
	"time"

	"carrierhook/internal/ledger"

	"pgregory.net/rapid"
)

// lawful checks what the database's constraints say of every waybill.
func lawful(t interface {
	Helper()
	Fatalf(string, ...any)
}, w *Waybill) {
	t.Helper()
	for _, c := range []struct {
		name string
		kept bool
	}{
		{"cancelled_has_time", (w.Status == Cancelled) == !w.CancelledAt.IsZero()},
		{"signed_has_time", (w.Status == Signed) == !w.SignedAt.IsZero()},
		{"booked_is_not_collected", w.Status != Booked || w.CollectedAt.IsZero()},
		{"cancel_push_cancelled", w.CancelledBy == ledger.PushID{} || w.Status == Cancelled},
	} {
		if !c.kept {
			t.Fatalf("breaks %s: %+v", c.name, *w)
		}
	}
}

// progress draws scans that do not cancel, with times close together, so that some are
// equal, and few different messages.
func progress() *rapid.Generator[[]Scan] {
	actions := slices.DeleteFunc(Actions(), func(a Action) bool { return a == Cancelling })
	one := rapid.Custom(func(t *rapid.T) Scan {
		s := scan(rapid.SampledFrom(actions).Draw(t, "action"), time.Duration(rapid.IntRange(-5, 5).Draw(t, "minutes"))*time.Minute)
		s.Message = rapid.SampledFrom([]string{"", "到达"}).Draw(t, "message")
		s.Key = s.ownKey()
		return s
	})
	return rapid.SliceOfN(one, 0, 12)
}

// beginnings draws waybills before their first scan: booked or imported.
func beginnings() *rapid.Generator[Waybill] {
	return rapid.Custom(func(t *rapid.T) Waybill {
		w := *in(rapid.SampledFrom([]Status{Booked, Collected, InTransit, OutForDelivery, Signed}).Draw(t, "at first"))
		if w.Status != Booked && rapid.Bool().Draw(t, "collected is known") {
			w.CollectedAt = now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "collected")) * time.Minute)
		}
		w.FromQuota = rapid.Bool().Draw(t, "from quota")
		return w
	})
}

// history is a waybill with its recorded scans, as a store has them.
type history struct {
	w     Waybill
	scans map[string]*RecordedScan
}

func (h *history) scan(s Scan, at time.Time) ScanDecision {
	d := DecideScan(s, &h.w, h.scans[s.Key], at, at)
	if d.Changes() {
		h.w, h.scans[s.Key] = d.Waybill, recordedScan(s)
	}
	return d
}

// furthest is the waybill after all scans, computed at once.
func furthest(w Waybill, scans []Scan) Waybill {
	for _, s := range scans {
		status := s.Action.Status()
		if status == "" {
			continue
		}
		if slices.Index(Statuses(), status) > slices.Index(Statuses(), w.Status) {
			w.Status = status
		}
		if w.CollectedAt.IsZero() || s.At.Before(w.CollectedAt) {
			w.CollectedAt = s.At
		}
		if status == Signed && (w.SignedAt.IsZero() || s.At.Before(w.SignedAt)) {
			w.SignedAt = s.At
		}
	}
	return w
}

// Scans that do not cancel lead to the same waybill in any order and however often each
// comes. Meanwhile it never moves backwards, each scan is recorded once, and the
// constraints hold.
func TestScansInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, scans := beginnings().Draw(t, "waybill"), progress().Draw(t, "scans")
		repeats := rapid.SliceOfN(rapid.IntRange(0, 11), 0, 12).Draw(t, "repeats")
		order := slices.Clone(scans)
		for _, i := range repeats {
			if i < len(scans) {
				order = append(order, scans[i])
			}
		}
		order = rapid.Permutation(order).Draw(t, "order")

		h := history{first, map[string]*RecordedScan{}}
		for i, s := range order {
			before := h.w
			d := h.scan(s, now.Add(time.Duration(i)*time.Second))
			if again := slices.ContainsFunc(order[:i], func(o Scan) bool { return o.Key == s.Key }); d.Verdict != Recorded && !again || d.Verdict != Repeated && again {
				t.Fatalf("%d at %s: %s", s.Action, s.At, d.Verdict)
			}
			if !before.Status.CanFollow(h.w.Status) {
				t.Fatalf("from %s to %s", before.Status, h.w.Status)
			}
			if d.Moved != (d.Waybill != before) || d.GivesBack {
				t.Fatalf("moved %t, gives back %t: %+v was %+v", d.Moved, d.GivesBack, d.Waybill, before)
			}
			lawful(t, &h.w)
		}
		want := furthest(first, scans)
		if len(order) > 0 {
			want.ScannedAt = now
		}
		if h.w != want {
			t.Fatalf("%+v, want %+v", h.w, want)
		}
	})
}

// life is a waybill under all operations, with counts of what must stay true.
type life struct {
	history
	first     Waybill
	clock     time.Time
	recorded  []Scan
	givenBack int
}

// TestLife: scans with keys that are used twice, cancelling ones and ones from
// the future, charges, and cancels by push, in any order.
func TestLife(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := beginnings().Draw(t, "waybill")
		l := &life{history: history{first, map[string]*RecordedScan{}}, first: first, clock: now}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			before := l.w
			l.step(t)
			l.check(t, before)
			l.clock = l.clock.Add(time.Second)
		}
	})
}

func (l *life) step(t *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(t, "who") {
	case 0:
		at := rapid.SampledFrom([]time.Time{{}, now, now.Add(time.Hour)}).Draw(t, "charged at")
		if d := DecideCharge(Charge{BizID: "B", WaybillID: "W", At: at}, &l.w, l.clock, l.clock); d.Changes() {
			l.w = d.Waybill
		}
	case 1:
		r := request()
		r.Push.ID = ledger.PushID{byte(rapid.IntRange(1, 2).Draw(t, "push"))}
		if DecideCancel(r, merchant(), true, &l.w, policy, l.clock).Changes() {
			if l.w.FromQuota {
				l.givenBack++
			}
			l.w.Status, l.w.CancelledAt, l.w.CancelledBy = Cancelled, l.clock, r.Push.ID
		}
	default:
		l.scan(t)
	}
}

func (l *life) scan(t *rapid.T) {
	s := scan(rapid.SampledFrom(Actions()).Draw(t, "action"), time.Duration(rapid.IntRange(-3, 8).Draw(t, "minutes"))*time.Minute)
	if key := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "key"); key != "" {
		s.Key = key
	}
	before := l.w
	d := l.history.scan(s, l.clock)
	if !slices.Contains(Verdicts(), d.Verdict) || d.Changes() != (d.Verdict == Recorded) || d.Moved != (d.Waybill != before) {
		t.Fatalf("%+v was %+v", d, before)
	}
	if !d.Changes() && (d.Waybill != before || d.GivesBack) {
		t.Fatalf("%s, and yet %+v was %+v", d.Verdict, d, before)
	}
	if d.Changes() {
		l.recorded = append(l.recorded, s)
	}
	if d.GivesBack {
		l.givenBack++
		if before.Status != Booked || !before.FromQuota {
			t.Fatalf("gives back what was not taken, or was used up: %+v", before)
		}
	}
}

// check is what holds after every step.
func (l *life) check(t *rapid.T, before Waybill) {
	lawful(t, &l.w)
	if !before.Status.CanFollow(l.w.Status) {
		t.Fatalf("from %s to %s", before.Status, l.w.Status)
	}
	if before.Status == Cancelled && l.w != before {
		t.Fatalf("a cancelled waybill has changed: %+v was %+v", l.w, before)
	}
	if limit := map[bool]int{true: 1}[l.first.FromQuota]; l.givenBack > limit {
		t.Fatalf("given back %d times", l.givenBack)
	}
	if !before.ChargedAt.IsZero() && l.w.ChargedAt != before.ChargedAt || !before.ScannedAt.IsZero() && l.w.ScannedAt != before.ScannedAt {
		t.Fatalf("charged or scanned at another time: %+v was %+v", l.w, before)
	}
	if l.w.ScannedAt.IsZero() != (len(l.recorded) == 0) {
		t.Fatalf("%d scans, scanned at %s", len(l.recorded), l.w.ScannedAt)
	}
	fixed := l.w
	fixed.Status, fixed.FromQuota, fixed.CollectedAt, fixed.ChargedAt = l.first.Status, l.first.FromQuota, l.first.CollectedAt, l.first.ChargedAt
	fixed.SignedAt, fixed.CancelledAt, fixed.ScannedAt, fixed.CancelledBy = l.first.SignedAt, l.first.CancelledAt, l.first.ScannedAt, l.first.CancelledBy
	if fixed != l.first {
		t.Fatalf("ids or the booking have changed: %+v was %+v", l.w, l.first)
	}
	for _, s := range l.recorded {
		if d := l.history.scan(s, l.clock); d.Verdict != Repeated || d.Waybill != l.w {
			t.Fatalf("a recorded scan is %s", d.Verdict)
		}
	}
}

// A cancel after scans: too late once the parcel is collected; already cancelled if the
// carrier did; signed long ago by the time of signing, not by that of the report.
func TestCancelAfterScans(t *testing.T) {
	t.Parallel()
	grace := policy.SignedGrace
	for _, tt := range []struct {
		name  string
		scans []Scan
		want  Reason
	}{
		{"nothing", nil, Accepted},
		{"a courier was assigned", []Scan{scan(100003, -time.Hour)}, Accepted},
		{"not picked up", []Scan{scan(100003, -time.Hour), scan(100002, 0)}, Accepted},
		{"picked up", []Scan{scan(Collecting, 0)}, NotBooked},
		{"picked up, and then not", []Scan{scan(Collecting, -time.Hour), scan(100002, 0)}, NotBooked},
		{"on its way", []Scan{scan(200001, 0), scan(Collecting, -time.Hour)}, NotBooked},
		{"being delivered", []Scan{scan(300002, 0)}, NotBooked},
		{"cancelled", []Scan{scan(Cancelling, 0)}, AlreadyCancelled},
		{"cancelled on its way", []Scan{scan(Collecting, -time.Hour), scan(Cancelling, 0)}, AlreadyCancelled},
		{"just signed", []Scan{scan(Signing, 0)}, SignedRecently},
		{"signed at the end of the grace", []Scan{scan(Signing, -grace)}, SignedRecently},
		{"signed past the grace", []Scan{scan(Signing, -grace-time.Second)}, SignedLongAgo},
		{"signed twice, once past the grace", []Scan{scan(Signing, 0), scan(300007, -grace-time.Second)}, SignedLongAgo},
		{"signed, and a cancelling that is refused", []Scan{scan(Signing, 0), scan(Cancelling, 0)}, SignedRecently},
	} {
		h := history{*in(Booked), map[string]*RecordedScan{}}
		for _, s := range tt.scans {
			h.scan(s, now)
		}
		got := DecideCancel(request(), merchant(), true, &h.w, policy, now)
		if got != (CancelDecision{Reason: tt.want}) {
			t.Errorf("%s: %+v, want %s", tt.name, got, tt.want)
		}
	}
}

// After a cancel by push a scan is refused, with the time of the cancel; the push that
// cancelled still gets the same answer.
func TestScanAfterCancel(t *testing.T) {
	t.Parallel()
	w := in(Cancelled)
	w.CancelledBy = mine
	got := DecideScan(scan(Collecting, 0), w, nil, now, now)
	if got.Verdict != WaybillCancelled || !got.Waybill.CancelledAt.Equal(now.Add(-time.Hour)) {
		t.Errorf("%+v", got)
	}
	if d := DecideCancel(request(), merchant(), true, &got.Waybill, policy, now); d != (CancelDecision{Reason: Accepted, Repeat: true}) {
		t.Errorf("the same push again: %+v", d)
	}
}
