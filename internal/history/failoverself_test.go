package history

import (
	"testing"
	"time"
)

// What both began and was answered while a standby was gone is compared with the
// servers if it says that something was kept; what was under way at any time of a
// promotion may have been taken back, if only a read showed it.
func TestWindows(t *testing.T) {
	t.Parallel()
	w := window{10, 20}
	for _, tt := range []struct {
		call, end         time.Duration
		encloses, touches bool
	}{
		{1, 9, false, false}, {1, 10, false, true}, {5, 15, false, true}, {11, 19, true, true},
		{15, 25, false, true}, {20, 30, false, true}, {21, 30, false, false}, {5, never, false, true}, {11, never, false, true},
	} {
		o := operation{call: tt.call, end: tt.end}
		if w.encloses(o) != tt.encloses || w.touches(o) != tt.touches {
			t.Errorf("%v to %v: encloses %v, touches %v", tt.call, tt.end, w.encloses(o), w.touches(o))
		}
	}
	for answer, want := range map[string]bool{
		done: true, moving: true, over: true, recorded: true, repeated: true,
		cancelled: true, signed: false, seen: false, nothing: false, unknown: false,
	} {
		if isWritten(operation{output: output{answer: answer}}) != want {
			t.Errorf("%s: written is %v", answer, !want)
		}
	}
}

// Only reads are left out, and only those of a promotion's time.
func TestForget(t *testing.T) {
	t.Parallel()
	r := &run{world: &world{forgotten: []window{{10, 20}}}, tally: newTally()}
	w := &waybill{}
	for _, answer := range []string{done, recorded, unknown, seen, cancelled, signed} {
		for _, at := range []time.Duration{5, 15} {
			w.happened = append(w.happened, operation{call: at, end: at, output: output{answer: answer}})
		}
	}
	r.forget(w)
	if len(w.happened) != 10 {
		t.Errorf("%d are left:\n%s", len(w.happened), story(w.happened))
	}
	for _, o := range w.happened {
		if o.call == 15 && (o.answer == seen || o.answer == signed) {
			t.Errorf("a read is left: %v", o.output)
		}
	}
}

// As many are under way at once as overlap, and what ends as another begins does not.
func TestPeak(t *testing.T) {
	t.Parallel()
	ops := []operation{{call: 1, end: 5}, {call: 2, end: 4}, {call: 4, end: 6}, {call: 7, end: 8}}
	if got := atOncePeak(ops); got != 2 {
		t.Errorf("%d at once, want 2", got)
	}
}
