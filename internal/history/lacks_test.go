package history

import "testing"

// plenty is a run that has enough of everything for 1000 operations, and 100 more.
func plenty() *tally {
	t := newTally()
	for what, n := range map[string]int{
		"cancel: 0": 100, "cancel: 30002": 100, "cancel: 30003": 100, "cancel: unknown": 50,
		"collect: recorded": 100, "collect: repeated": 100, "collect: cancelled": 100, "read: seen": 450,
	} {
		t.add(t.answers, what, n)
	}
	for _, kind := range kinds() {
		t.fault(kind, 1)
	}
	t.note(wonByCancel, 10)
	t.note(wonByPickup, 10)
	for _, kind := range []string{eventBooked, eventCharged, eventPlaced, eventStatus} {
		t.note(byErrand+kind, 10)
	}
	t.note(lastOfParcel, 10)
	t.note(lastOfOrder, 10)
	return t
}

// A run that lacks any one thing is found to, and one that has all of them is not.
func TestLacks(t *testing.T) {
	t.Parallel()
	if lacks := plenty().lacks(1000); lacks != nil {
		t.Errorf("plenty lacks %q", lacks)
	}
	if lacks := plenty().lacks(1101); len(lacks) != 1 {
		t.Errorf("with too few operations it lacks %q", lacks)
	}
	all := plenty()
	for what := range all.faults {
		one := plenty()
		delete(one.faults, what)
		if lacks := one.lacks(1000); len(lacks) != 1 {
			t.Errorf("without %q it lacks %q", what, lacks)
		}
	}
	for what := range all.other {
		one := plenty()
		delete(one.other, what)
		if lacks := one.lacks(1000); len(lacks) != 1 {
			t.Errorf("without %q it lacks %q", what, lacks)
		}
	}
	for what := range all.answers {
		one := plenty()
		delete(one.answers, what)
		if lacks := one.lacks(1000); len(lacks) != 1 && what != "read: seen" {
			t.Errorf("without %q it lacks %q", what, lacks)
		}
	}
	slow := plenty()
	slow.note(tooLate, 1)
	if lacks := slow.lacks(1000); len(lacks) != 1 {
		t.Errorf("with an answer that was late it lacks %q", lacks)
	}
	lost := plenty()
	lost.add(lost.answers, "read: seen", -400)
	lost.add(lost.answers, "read: unknown", 400)
	if lacks := lost.lacks(1000); len(lacks) != 1 {
		t.Errorf("with most of it unknown it lacks %q", lacks)
	}
}
