package history

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// someEvents are those of two parcels, at positions 1 to 5; transactions that ended
// otherwise had 3.
func someEvents() []entry {
	return []entry{
		{position: 1, kind: eventBooked, parcel: "A", id: "1", body: "a1"},
		{position: 2, kind: eventScanned, parcel: "A", id: "2", body: "a2"},
		{position: 4, kind: eventScanned, parcel: "B", id: "4", body: "b4"},
		{position: 5, kind: eventCancelled, parcel: "A", id: "5", body: "a5"},
	}
}

// sights are sightings of those, all taken; a minus says that the receiver refused it.
func sights(positions ...int64) (all []sighting) {
	for _, p := range positions {
		s := sighting{position: max(p, -p), taken: p > 0}
		for _, e := range someEvents() {
			if e.position == s.position {
				s.id, s.body = e.id, e.body
			}
		}
		all = append(all, s)
	}
	return all
}

// wantWrong fails unless as many things are wrong as there are texts, which they have.
func wantWrong(t *testing.T, got []string, texts ...string) {
	t.Helper()
	if len(got) != len(texts) {
		t.Errorf("%d are wrong, want %d: %q", len(got), len(texts), got)
		return
	}
	for i, text := range texts {
		if !strings.Contains(got[i], text) {
			t.Errorf("%q does not say %q", got[i], text)
		}
	}
}

// A follower saw each event once and in order, or it is found out.
func TestCheckFollowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seen   []sighting
		cursor int64
		wrong  []string
	}{
		"all":            {sights(1, 2, 4, 5), 5, nil},
		"not so far yet": {sights(1, 2), 3, nil},
		"a gap":          {sights(1, 4, 5), 5, []string{"position 2 is missing"}},
		"twice":          {sights(1, 2, 2, 4, 5), 5, []string{"position 2 came behind 2"}},
		"out of order":   {sights(1, 4, 2, 5), 5, []string{"position 2 came behind 4"}},
		"taken back":     {sights(1, 2, 3, 4, 5), 5, []string{"position 3 was handed out and is on record no more"}},
		"another":        {append(sights(1, 2, 4), sighting{position: 5, id: "6", body: "a5"}), 5, []string{"position 5 was handed out as 6"}},
		"changed":        {append(sights(1, 2, 4), sighting{position: 5, id: "5", body: "a6"}), 5, []string{"position 5 was handed out as 5 a6"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantWrong(t, checkFollowed(someEvents(), c.seen, c.cursor), c.wrong...)
		})
	}
}

// A receiver took each event, those of a parcel in their order; others may come in
// between, and each may come again.
func TestCheckReceived(t *testing.T) {
	t.Parallel()
	scans := []string{eventScanned}
	for name, c := range map[string]struct {
		kinds []string
		seen  []sighting
		upTo  int64
		wrong []string
	}{
		"all":                         {nil, sights(1, 2, 4, 5), 5, nil},
		"parcels do not wait":         {nil, sights(4, 1, 2, 5), 5, nil},
		"again":                       {nil, sights(1, 2, 1, 2, 4, 5, 1), 5, nil},
		"refused, and again":          {nil, sights(-1, 4, -1, 1, 2, 5), 5, nil},
		"not so far yet":              {nil, sights(1, 2), 3, nil},
		"some kinds":                  {scans, sights(2, 4), 5, nil},
		"a kind that it did not want": {scans, sights(1, 2, 4), 5, []string{"position 1 was handed out and"}},
		"missing":                     {nil, sights(1, 2, 4), 5, []string{"position 5 is missing"}},
		"refused, and never again":    {nil, sights(1, 2, 4, -5), 5, []string{"position 5 is missing"}},
		"out of order":                {nil, sights(2, 1, 4, 5), 5, []string{"A: waybill.scanned at 2 came before waybill.booked at 1 was taken"}},
		"before the one before it was taken": {nil, sights(-1, 2, 1, 4, 5), 5, []string{
			"A: waybill.scanned at 2 came before waybill.booked at 1 was taken"}},
		"taken back": {nil, sights(1, 2, 3, 4, 5), 5, []string{"position 3 was handed out and is on record no more"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantWrong(t, checkReceived(someEvents(), c.kinds, c.seen, c.upTo), c.wrong...)
		})
	}
}

// As many events as facts, of each kind and parcel.
func TestCheckDecided(t *testing.T) {
	t.Parallel()
	decided := map[fact]int{{eventBooked, "A"}: 1, {eventScanned, "A"}: 1, {eventScanned, "B"}: 1, {eventCancelled, "A"}: 1}
	o := outcome{append(someEvents(), entry{position: 6, kind: eventScanRefused, parcel: "A"}), decided}
	wantWrong(t, checkDecided(o))
	wantWrong(t, checkDecided(outcome{o.events[1:], decided}), "A: 1 times waybill.booked without an event")
	wantWrong(t, checkDecided(outcome{append(someEvents(), someEvents()[2]), decided}), "B: 1 events waybill.scanned too many", "B: a second event b4")
	wantWrong(t, checkDecided(outcome{append(someEvents(), entry{kind: eventCancelled, parcel: "C"}), decided}), "C: 1 events waybill.cancelled too many")
	refused := entry{kind: eventCancelRefused, parcel: "A", id: "6"}
	decided[fact{eventCancelRefused, "A"}] = 2
	wantWrong(t, checkDecided(outcome{append(someEvents(), refused, refused), decided}))
}

// What was answered to be so has an event of its kind and parcel.
func TestCheckAnswered(t *testing.T) {
	t.Parallel()
	wantWrong(t, checkAnswered(someEvents(), []fact{{eventBooked, "A"}, {eventScanned, "B"}, {eventScanned, "B"}}))
	wantWrong(t, checkAnswered(someEvents(), []fact{{eventBooked, "B"}}), "B: waybill.booked was answered, and there is no event of it")
}

// The events of a waybill are what happened to it, and there is one of each answer.
func TestCheckEvents(t *testing.T) {
	t.Parallel()
	begun := time.Unix(1_800_000_000, 0)
	push := func(kind string, n uint8, code int, before, after string) entry {
		e := entry{kind: kind, id: fmt.Sprint(kind, n), body: fmt.Sprintf("%s %d", kind, n)}
		e.Source.Push, e.ResultCode, e.StatusBefore, e.Status = fmt.Sprint("push", n), &code, before, after
		return e
	}
	report := func(kind, what string, n int64, before, after string) entry {
		e := entry{kind: kind, id: fmt.Sprint(kind, n), body: fmt.Sprintf("%s %d", kind, n)}
		e.ActionTime, e.ActionType, e.StatusBefore, e.Status = begun.Unix()-n, actions[what], before, after
		return e
	}
	win := push(eventCancelled, 1, 0, booked, cancelled)
	late := push(eventCancelRefused, 2, 30003, cancelled, cancelled)
	refused := report(eventScanRefused, collect, 3, cancelled, cancelled)
	other := late
	other.id = "another"
	assigned := report(eventScanned, assign, 2, booked, booked)
	for name, c := range map[string]struct {
		events []entry
		ops    []operation
		wrong  []string
	}{
		"nothing":   {nil, []operation{at(1, 0, cancel, 1, unknown), at(1, 2, collect, 3, nothing), at(3, 4, withdraw, 4, signed)}, nil},
		"cancelled": {[]entry{win}, []operation{at(1, 2, cancel, 1, done), at(3, 4, cancel, 1, done)}, nil},
		"no answer": {[]entry{win}, nil, nil},
		"all": {[]entry{assigned, win, late, late, refused}, []operation{
			at(1, 2, assign, 2, repeated), at(1, 2, cancel, 1, done), at(1, 2, cancel, 2, over), at(1, 2, collect, 3, cancelled)}, nil},
		"collected, then refused": {[]entry{report(eventScanned, collect, 3, booked, collected), push(eventCancelRefused, 1, 30002, collected, collected)},
			[]operation{at(1, 2, collect, 3, recorded), at(1, 2, cancel, 1, moving)}, nil},
		"a cancel without its event":  {nil, []operation{at(1, 2, cancel, 1, done)}, []string{"cancel 1 was answered 0, and there is no event"}},
		"a refusal without its event": {[]entry{win}, []operation{at(3, 4, cancel, 2, over)}, []string{"cancel 2 was answered 30003, and there is"}},
		"a scan without its event":    {nil, []operation{at(1, 2, assign, 2, repeated)}, []string{"assign 2 was answered repeated"}},
		"a refused scan without one":  {[]entry{win}, []operation{at(3, 4, collect, 3, cancelled)}, []string{"collect 3 was answered cancelled"}},
		"another id of the same":      {[]entry{win, late, other}, nil, []string{"cancel 2 is refused again, and its event is no longer"}},
		"in another order":            {[]entry{late, win}, nil, []string{"cancel 2 is 0 of one that is booked", "cancel 1 is 30003 of one that is"}},
		"cancelled twice":             {[]entry{win, win}, nil, []string{"waybill.cancelled 1"}},
		"recorded when cancelled":     {[]entry{win, assigned}, nil, []string{"assign 2 is cancelled of one that is cancelled by push 1"}},
		"the status before":           {[]entry{push(eventCancelled, 1, 0, collected, cancelled)}, nil, []string{"cancel 1 is 0"}},
		"the status after":            {[]entry{push(eventCancelled, 1, 0, booked, booked)}, nil, []string{"cancel 1 is 0"}},
		"nobody's push":               {[]entry{push(eventCancelled, 3, 0, booked, cancelled)}, nil, []string{"nobody sent what led to"}},
		"nobody's scan":               {[]entry{report(eventScanned, "?", 3, booked, booked)}, nil, []string{"nobody sent what led to"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waybill{number: "W", pushes: map[string]uint8{"push1": 1, "push2": 2}, happened: c.ops}
			wantWrong(t, w.checkEvents(c.events, begun), c.wrong...)
		})
	}
}

// What was decided while commits waited for a standby that was gone is not seen before
// it comes.
func TestCheckEarly(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	absent := []window{{10 * time.Second, 20 * time.Second}}
	for _, c := range []struct {
		decided, seen time.Duration
		early         bool
	}{{5, 6, false}, {5, 15, false}, {15, 16, true}, {15, 21, false}, {25, 26, false}} {
		events := []entry{{position: 7, content: content{Time: begun.Round(0).Add(c.decided * time.Second).UTC()}}}
		if got := checkEarly(events, []sighting{{position: 7, at: begun.Add(c.seen * time.Second)}}, absent, begun); (got != nil) != c.early {
			t.Errorf("decided after %d s and seen after %d s: %q", c.decided, c.seen, got)
		}
	}
}
