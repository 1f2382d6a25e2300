package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/outbox"
)

// sendOf sends the event of a parcel.
func sendOf(t *testing.T, s *Sender, parcel int) outbox.Result {
	t.Helper()
	d := moved()
	d.Parcel = fmt.Sprint("waybill ", parcel)
	return s.Send(t.Context(), &d, "")
}

// Where WeChat refuses one parcel after the other and takes none, the path pauses before all
// are given up, as it does for what an operator has to change. After each pause it goes on.
func TestManyRefusals(t *testing.T) {
	t.Parallel()
	s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
	f.set(s.limits.path, `{"errcode":40199}`)
	for round := range 3 {
		for i := range maxRefusals {
			if r := sendOf(t, s, 100*round+i); !r.Dead || r.Postponed || r.Kind != "permanent" {
				t.Fatalf("%d, %d: %+v", round, i, r)
			}
			sendOf(t, s, 100*round) // one more of the first
		}
		r := sendOf(t, s, 100*round+99)
		if r.Dead || r.Refused || r.Elsewhere || !r.Postponed || r.RetryAfter != setupWait || r.Kind != "setup" ||
			!strings.Contains(r.Failure, "api_url") || !strings.Contains(r.Failure, "40199") {
			t.Errorf("%d: %+v", round, r)
		}
	}
}

// One that is taken shows that it is the others that are wrong.
func TestRefusalsAmongSuccesses(t *testing.T) {
	t.Parallel()
	s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
	for i := range 4 * maxRefusals {
		f.set(s.limits.path, `{"errcode":40199}`)
		if r := sendOf(t, s, i); !r.Dead {
			t.Fatalf("%d: %+v", i, r)
		}
		if i%(maxRefusals-1) == 0 {
			f.set(s.limits.path, `{"errcode":0}`)
			if r := sendOf(t, s, 1000+i); !r.OK {
				t.Fatalf("%+v", r)
			}
		}
	}
}

// What was under way when the path began to pause is not given up either.
func TestRefusalsUnderWay(t *testing.T) {
	t.Parallel()
	var r refusals
	began := time.Now()
	later := began.Add(time.Second)
	for i := range 64 {
		if pause := r.add(fmt.Sprint(i), began, later); pause != (i >= maxRefusals) {
			t.Errorf("%d: %v", i, pause)
		}
	}
	if r.add("next", later.Add(time.Minute), later.Add(2*time.Minute)) {
		t.Error("after the pause it does not count anew")
	}
}
