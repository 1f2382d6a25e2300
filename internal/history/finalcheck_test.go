package history

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// finalCheck looks at every waybill once more when nothing is broken, which settles
// what was unknown, and compares the ledger with the answers.
func (r *run) finalCheck(t *testing.T) {
	for _, s := range r.world.servers {
		if err := s.healthy(); err != nil {
			t.Error(err)
			return
		}
	}
	touched := r.waybills()
	for _, w := range touched {
		r.forget(w)
	}
	var visitors []*client
	for _, team := range r.crowd.teams {
		visitors = append(visitors, team.clients[0])
	}
	defer r.crowd.leave()
	var all sync.WaitGroup
	for i, c := range visitors {
		all.Go(func() {
			for j := i; j < len(touched); j += len(visitors) {
				if err := r.last(t.Context(), c, touched[j]); err != nil {
					r.complain(t, err, touched[j])
				}
			}
		})
	}
	all.Wait()
	r.checkQuotas(t)
}

// forget leaves out what reads alone have shown, of which a promotion may have taken
// back what no standby had: docs/decisions/003-minus-one-in-time.md says so. A scan
// that is refused without an event is such a read.
func (r *run) forget(w *waybill) {
	before := len(w.happened)
	w.happened = slices.DeleteFunc(w.happened, func(o operation) bool {
		byRead := o.answer == seen || o.answer == signed
		return byRead && slices.ContainsFunc(r.world.forgotten, func(f window) bool { return f.touches(o) })
	})
	if left := before - len(w.happened); left > 0 {
		r.tally.note("left out: reads that a promotion may have taken back", left)
	}
}

// last is the last look at a waybill.
func (r *run) last(ctx context.Context, c *client, w *waybill) error {
	for begun := time.Now(); time.Since(begun) < patience; {
		s := r.world.servers[c.rand.IntN(len(r.world.servers))]
		o := operation{input: input{what: read}, client: c.id, server: s.name, call: time.Since(r.world.begun)}
		reply, said, err := c.readWaybill(ctx, s.at.Load(), w)
		o.end = time.Since(r.world.begun)
		if err != nil {
			return err
		}
		if reply.answer != seen {
			continue
		}
		o.output, o.cancelledAt = reply.output, said.CancelledAt
		c.tally.answer(o.input, o.output)
		w.happened = append(w.happened, o)
		return w.onRecord(o.seen, said)
	}
	return fmt.Errorf("waybill %s cannot be read", w.number)
}

// onRecord compares the ledger of pushes, and the times in the answers, with how
// a waybill ended.
func (w *waybill) onRecord(end state, s said) error {
	won := 0
	for _, p := range s.Pushes {
		if p.ResultCode == nil || *p.ResultCode != 0 {
			continue
		}
		if w.pushes[p.Push] != end.by || end.by == 0 {
			return fmt.Errorf("waybill %s: the record says that push %d won, the waybill is %v", w.number, w.pushes[p.Push], end)
		}
		if !p.Repeat {
			won++
		}
	}
	if want := min(end.by, 1); won != int(want) {
		return fmt.Errorf("waybill %s is %v, and the record has %d pushes that won", w.number, end, won)
	}
	times := map[string]bool{}
	for _, o := range w.happened {
		if o.cancelledAt != "" {
			times[o.cancelledAt] = true
		}
	}
	if len(times) > 1 || (len(times) == 1) != (end.status == cancelled) {
		return fmt.Errorf("waybill %s is %v, and was cancelled at %v, as different people were told", w.number, end, times)
	}
	return nil
}

// complain fails the test, and shows the first few waybills that are wrong.
func (r *run) complain(t *testing.T, err error, w *waybill) {
	t.Helper()
	t.Fail()
	r.tally.note("waybills of which the record is wrong", 1)
	if r.tally.noted("waybills of which the record is wrong") <= 3 {
		t.Logf("%v\n%s", err, story(w.happened))
	}
}

// checkQuotas holds what is left to those who pay in advance against their
// waybills: each that was cancelled before it was collected gave back one.
func (r *run) checkQuotas(t *testing.T) {
	var left, back int
	r.world.sql(t, `SELECT (SELECT sum(remaining) FROM quota),
		(SELECT count(*) FROM waybill w JOIN quota q ON q.biz_id = w.biz_id WHERE w.status = 'cancelled' AND w.collected_at IS NULL)`,
		&left, &back)
	if want := merchants/2*allowance + back; left != want {
		t.Errorf("%d waybills are left to the merchants, want %d", left, want)
	}
	r.tally.note("given back to quotas", back)
}
