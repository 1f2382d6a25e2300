package history

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// sighting is an event that somebody was given.
type sighting struct {
	position int64
	id, body string
	at       time.Time
	taken    bool // by a receiver, which says so
}

// checkFollowed holds what a follower saw against the events up to its cursor: each once,
// in the order of positions, as it was written, and none besides.
func checkFollowed(events []entry, seen []sighting, cursor int64) (wrong []string) {
	for i, s := range seen {
		if i > 0 && s.position <= seen[i-1].position {
			wrong = append(wrong, fmt.Sprintf("position %d came behind %d", s.position, seen[i-1].position))
		}
	}
	return append(wrong, compare(events, seen, cursor)...)
}

// checkReceived holds what came to a receiver against the events of its kinds up to a
// position: each was taken, as it was written, none besides, and none came before all
// those of its parcel that are before it were taken.
func checkReceived(events []entry, kinds []string, seen []sighting, upTo int64) (wrong []string) {
	events = slices.DeleteFunc(slices.Clone(events), func(e entry) bool { return len(kinds) > 0 && !slices.Contains(kinds, e.kind) })
	var taken []sighting
	first, firstTaken := map[int64]int{}, map[int64]int{}
	for i, s := range seen {
		if _, again := first[s.position]; !again {
			first[s.position] = i
		}
		if _, again := firstTaken[s.position]; s.taken && !again {
			firstTaken[s.position] = i
			taken = append(taken, s)
		}
	}
	wrong = compare(events, taken, upTo)
	for _, of := range parcels(events) {
		for i := 1; i < len(of); i++ {
			came, any := first[of[i].position]
			before, done := firstTaken[of[i-1].position]
			if any && done && came < before {
				wrong = append(wrong, fmt.Sprintf("%s: %s at %d came before %s at %d was taken",
					of[i].parcel, of[i].kind, of[i].position, of[i-1].kind, of[i-1].position))
			}
		}
	}
	return wrong
}

// compare finds events up to a position that nobody saw, and what was seen and is none.
func compare(events []entry, seen []sighting, upTo int64) (wrong []string) {
	at := map[int64]*entry{}
	for i := range events {
		at[events[i].position] = &events[i]
	}
	got := map[int64]bool{}
	for _, s := range seen {
		got[s.position] = true
		switch e := at[s.position]; {
		case e == nil:
			wrong = append(wrong, fmt.Sprintf("position %d was handed out and is on record no more: %s", s.position, s.body))
		case e.body != s.body || s.id != e.id:
			wrong = append(wrong, fmt.Sprintf("position %d was handed out as %s %s and is on record as %s", s.position, s.id, s.body, e.body))
		}
	}
	for _, e := range events {
		if e.position <= upTo && !got[e.position] {
			wrong = append(wrong, fmt.Sprintf("position %d is missing: %s", e.position, e.body))
		}
	}
	return wrong
}

// checkDecided holds the events against what was decided: as many of the one as of the
// other. Of scans that were refused there is nothing else on record. An id occurs again of
// refusals alone.
func checkDecided(o outcome) (wrong []string) {
	left, ids := maps.Clone(o.decided), map[string]bool{}
	for _, e := range o.events {
		if e.kind != eventScanRefused {
			left[fact{e.kind, e.parcel}]--
		}
		if ids[e.id] && e.kind != eventScanRefused && e.kind != eventCancelRefused {
			wrong = append(wrong, fmt.Sprintf("%s: a second event %s", e.parcel, e.body))
		}
		ids[e.id] = true
	}
	for f, n := range left {
		switch {
		case n > 0:
			wrong = append(wrong, fmt.Sprintf("%s: %d times %s without an event", f.parcel, n, f.kind))
		case n < 0:
			wrong = append(wrong, fmt.Sprintf("%s: %d events %s too many", f.parcel, -n, f.kind))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// parcels are the events of each parcel, in their order.
func parcels(events []entry) map[string][]entry {
	all := map[string][]entry{}
	for _, e := range events {
		all[e.parcel] = append(all[e.parcel], e)
	}
	return all
}

// cause is what made an event of a waybill: a request, and what it was answered.
type cause struct {
	input
	answer string
}

// causes are those of a waybill's events, in their order. begun is what scans count their
// times from.
func (w *waybill) causes(events []entry, begun time.Time) (all []cause, err error) {
	for _, e := range events {
		c := cause{}
		switch e.kind {
		case eventCancelled, eventCancelRefused:
			c = cause{input{cancel, w.pushes[e.Source.Push]}, done}
			if e.ResultCode != nil {
				c.answer = fmt.Sprint(*e.ResultCode)
			}
		case eventScanned, eventScanRefused:
			c = cause{input{n: uint8(begun.Unix() - e.ActionTime)}, recorded}
			for what, action := range actions {
				if action == e.ActionType {
					c.what = what
				}
			}
			if e.kind == eventScanRefused {
				c.answer = cancelled
			}
		}
		if c.what == "" || c.n == 0 {
			return nil, fmt.Errorf("nobody sent what led to %s", e.body)
		}
		all = append(all, c)
	}
	return all, nil
}

// checkEvents holds the events of a waybill against what everybody was told of it, and
// against the model: in the order of their positions they are what happened to it, each
// with the status before and after it.
func (w *waybill) checkEvents(events []entry, begun time.Time) (wrong []string) {
	all, err := w.causes(events, begun)
	if err != nil {
		return []string{err.Error()}
	}
	now, ids := state{status: booked}, map[cause]string{}
	for i, c := range all {
		e := &events[i]
		if id, again := ids[c]; again && id != e.id {
			wrong = append(wrong, fmt.Sprintf("waybill %s: %v is refused again, and its event is no longer %s: %s", w.number, c.input, id, e.body))
		}
		ids[c] = e.id
		answer, next := now.tell(c.input)
		if answer != c.answer || e.StatusBefore != now.status || e.Status != next.status {
			wrong = append(wrong, fmt.Sprintf("waybill %s: %v is %s of one that is %v, and its event says %s: %s", w.number, c.input, answer, now, c.answer, e.body))
		}
		now = next
	}
	for _, o := range w.happened {
		c := cause{o.input, o.answer}
		switch o.answer {
		case repeated:
			c.answer = recorded
		case done, moving, over, recorded, cancelled:
		default:
			continue
		}
		if !slices.Contains(all, c) {
			wrong = append(wrong, fmt.Sprintf("waybill %s: %v was answered %v, and there is no event of it", w.number, o.input, o.output))
		}
	}
	return wrong
}

// checkEarly finds what was handed out before a standby could have it: decided when commits
// were waiting for one that was gone, and seen before it came.
func checkEarly(events []entry, seen []sighting, absent []window, begun time.Time) (wrong []string) {
	decided := map[int64]time.Duration{}
	for _, e := range events {
		decided[e.position] = e.Time.Sub(begun.Round(0)) // by the clock that the database has too
	}
	for _, s := range seen {
		at, found := decided[s.position]
		seen := s.at.Sub(begun)
		if found && slices.ContainsFunc(absent, func(a window) bool { return a.from < at && seen < a.to }) {
			wrong = append(wrong, fmt.Sprintf("position %d, decided after %v, was handed out after %v while the standby was gone", s.position, at, seen))
		}
	}
	return wrong
}
