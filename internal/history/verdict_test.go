package history

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"carrierhook/internal/handler/api"

	"github.com/anishathalye/porcupine"
)

// judge checks every waybill's history by itself, and shows the first that cannot
// have happened.
func (r *run) judge(t *testing.T) map[porcupine.CheckResult]int {
	verdicts := map[porcupine.CheckResult]int{}
	for _, w := range r.waybills() {
		verdict := check(w.happened)
		if verdicts[verdict]++; verdict == porcupine.Ok {
			continue
		}
		t.Fail()
		if verdicts[verdict] > 1 {
			continue
		}
		page := filepath.Join(t.ArtifactDir(), w.number+".html")
		err := visualise(w.happened, page)
		t.Logf("waybill %s of %s is %s (%s, %v):\n%s", w.number, w.merchant, verdict, page, err, story(w.happened))
	}
	return verdicts
}

// eavesdrop checks what the servers answered while every commit waited for a
// standby that was gone: nothing that was written was safe then.
func (r *run) eavesdrop(t *testing.T) {
	early := 0
	for _, w := range r.waybills() {
		for _, o := range w.happened {
			if !isWritten(o) || !slices.ContainsFunc(r.world.absent, func(a window) bool { return a.encloses(o) }) {
				continue
			}
			if early++; early <= 3 {
				t.Errorf("waybill %s: %v was told %v while the standby was gone:\n%s", w.number, o.input, o.output, story(w.happened))
			}
		}
	}
	if early > 0 {
		t.Errorf("%d answers before a standby had them", early)
	}
}

// isWritten tells whether an answer says that something was kept. A cancel's always
// does, for the ledger has it, and a scan of a waybill that is cancelled leaves an event;
// one that is refused because it was signed leaves nothing.
func isWritten(o operation) bool {
	switch o.answer {
	case done, moving, over, recorded, repeated, cancelled:
		return true
	}
	return false
}

// overhear reads the servers' logs: whatever broke, none of them panicked, and
// none said what is to be kept to itself.
func (r *run) overhear(t *testing.T) {
	t.Helper()
	secrets := []string{"panic", pushToken, aesKey, apiToken, password, openID, "courier said", shopKey, appSecret, riderPhone}
	for _, c := range r.world.receivers {
		secrets = append(secrets, c.secret())
	}
	for _, s := range r.world.servers {
		log := s.logs(t)
		for _, never := range secrets {
			if _, line, found := bytes.Cut(log, []byte(never)); found {
				t.Errorf("server %s logged %q, before %.200s", s.name, never, line)
			}
		}
	}
}

const (
	wonByCancel = "waybills with both at once at two servers, the cancel won"
	wonByPickup = "waybills with both at once at two servers, the pickup won"
)

// survey notes whether a cancel and a pickup of a waybill were under way at the
// same moment, at different servers, and which of them won.
func (t *tally) survey(ops []operation) {
	for _, how := range []struct{ cancel, collect, won string }{
		{done, cancelled, wonByCancel}, {moving, recorded, wonByPickup},
	} {
		if atOnce(ops, how.cancel, how.collect) {
			t.note(how.won, 1)
		}
	}
}

// atOnce tells whether there is a cancel and a pickup with these answers that
// overlapped.
func atOnce(ops []operation, cancelled, picked string) bool {
	for _, a := range ops {
		for _, b := range ops {
			if a.what == cancel && a.answer == cancelled && b.what == collect && b.answer == picked &&
				a.server != b.server && a.call <= b.end && b.call <= a.end {
				return true
			}
		}
	}
	return false
}

// lacks says what a run has too little of to prove anything: too little was done,
// was contended, was unknown, or was broken. What a run of so many operations has
// to have is counted, and a run that has done more need not have more of it: so one
// that goes on, because a slow machine breaks and answers other things more often,
// comes to it.
func (t *tally) lacks(operations int) (lacks []string) {
	require := func(what string, got, want int) {
		if got < want {
			lacks = append(lacks, fmt.Sprintf("%s: %d, want at least %d", what, got, want))
		}
	}
	n := t.operations()
	require("operations", n, operations)
	for _, kind := range kinds() {
		require(kind, t.hits(kind), 1)
	}
	for _, won := range []string{wonByCancel, wonByPickup} {
		require(won, t.noted(won), operations/200)
	}
	require("unknown outcomes", t.unknowns(), 20)
	require("known outcomes", n-t.answered(unknown), operations*2/3)
	for _, answer := range []string{done, moving, over, recorded, repeated, cancelled} {
		require(answer, t.answered(answer), operations/200)
	}
	for _, kind := range []string{eventBooked, eventCharged, eventPlaced, eventStatus} {
		require(byErrand+kind, t.noted(byErrand+kind), operations/200)
	}
	for _, whole := range []string{lastOfParcel, lastOfOrder} {
		require(whole, t.noted(whole), min(operations/200, maxLives/2))
	}
	if n := t.noted(tooLate); n > 0 {
		lacks = append(lacks, fmt.Sprintf("%s: %d", tooLate, n))
	}
	if *outage > api.Deadline {
		require(nothing, t.answered(nothing), max(1, operations/5000))
	}
	return lacks
}
