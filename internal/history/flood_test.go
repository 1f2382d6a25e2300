package history

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

var late = flag.Duration("late", 0, "how long after its deadline TestHistory lets a push of a flood be answered; 0: for as long as it takes")

const (
	flooded    = 150 // waybills of a flood, each of which is cancelled at both servers at once
	manyPushes = 200 // of a flood that counts, under way at the same moment
	floodRest  = 6   // floods are as many times rarer than faults of the cables

	flood      = "hundreds of pushes under way"
	peakAtOnce = "most pushes of a flood under way at once"
	inFlood    = "flood: "
)

// wechatDeadline is by when a server answers a push, if need be with -1.
const wechatDeadline = time.Second

// floods are what a run of so many operations may need, and more.
func floods(operations int) int { return 10 + operations/500 }

// flood pushes hundreds of cancels at both servers at the same moment, whatever is
// broken just then. Hits are the pushes, if there were hundreds under way.
func (s *saboteur) flood(ctx context.Context) (int, error) {
	w := s.world
	from := w.flooded
	if from+flooded > len(w.flood) {
		return 0, nil
	}
	some := w.flood[from : from+flooded]
	w.flooded += flooded
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := newClient(teams*teamSize, s.rand.Uint64(), s.tally)
	if err != nil {
		return 0, err
	}
	c.http = &http.Client{Transport: transport}
	ops, errs := make([]operation, 2*len(some)), make([]error, 2*len(some))
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range ops {
		n, to := uint8(1+i%2), w.servers[i%2]
		one := &some[i/2]
		one.pushes[fmt.Sprintf("%x", one.push(n).Identity())] = n
		all.Go(func() {
			<-gate
			ops[i], errs[i] = s.pushOnce(ctx, c, to, one, n)
		})
	}
	close(gate)
	all.Wait()
	var sent []operation
	for i, o := range ops {
		if errs[i] != nil {
			return 0, errs[i]
		}
		if o.note == unsent {
			continue
		}
		sent = append(sent, o)
		s.tally.note(inFlood+o.answer, 1)
		s.judgeDelay(o)
		if o.answer == unknown {
			o.end = never
		}
		some[i/2].happened = append(some[i/2].happened, o)
	}
	peak := atOncePeak(sent)
	s.tally.noteMax(peakAtOnce, peak)
	if peak < manyPushes {
		return 0, nil
	}
	return len(sent), nil
}

const unsent = "no server there"

// pushOnce pushes a cancel once, and waits for the answer for as long as its server
// lives. A server that lives and does not answer is at fault, however busy it is.
func (s *saboteur) pushOnce(ctx context.Context, c *client, at *server, w *waybill, n uint8) (operation, error) {
	o := operation{input: input{cancel, n}, client: c.id, server: at.name, call: time.Since(s.world.begun)}
	to := at.at.Load()
	if to == nil {
		o.note = unsent
		return o, nil
	}
	p := sandbox.Platform{
		URL: "http://" + to.public + "/wechat/push", Sender: c.send, Client: c.http, Format: wechat.JSON, Patience: patience,
	}
	a, err := p.Cancel(context.WithoutCancel(ctx), w.push(n))
	o.end = time.Since(s.world.begun)
	if err != nil {
		if at.at.Load() == to {
			return o, fmt.Errorf("server %s lives, and did not answer a push: %w", at.name, err)
		}
		r := noReply(err)
		if o.output, o.note = r.output, r.note; r.unasked {
			o.note = unsent
		}
		return o, nil
	}
	r, err := c.understand(a)
	o.output, o.note = r.output, r.note
	return o, err
}

// judgeDelay counts the answers that came late. It says nothing of pushes whose
// server was killed.
func (s *saboteur) judgeDelay(o operation) {
	took := o.end - o.call
	s.tally.noteMax("longest wait of a push of a flood, in ms", int(took.Milliseconds()))
	if *late > 0 && took > wechatDeadline+*late {
		s.tally.note(tooLate, 1)
	}
}

const tooLate = "pushes of a flood that were answered too late"

// atOncePeak is how many operations were under way at the same moment, at the most.
func atOncePeak(ops []operation) (peak int) {
	type step struct {
		at time.Duration
		by int
	}
	var steps []step
	for _, o := range ops {
		steps = append(steps, step{o.call, 1}, step{o.end, -1})
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.at, b.at), a.by-b.by) })
	now := 0
	for _, st := range steps {
		now += st.by
		peak = max(peak, now)
	}
	return peak
}
