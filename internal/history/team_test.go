package history

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// team is clients who are at the same waybill at the same time.
type team struct {
	world   *world
	clients []*client
	tally   *tally
}

// crowd is all teams of a run, and where they are.
type crowd struct {
	teams []*team
	next  atomic.Int64 // the waybill that nobody has had yet
}

func newCrowd(w *world, teams, clients int, seed uint64, t *tally) (*crowd, error) {
	c := &crowd{}
	for i := range teams {
		one := &team{world: w, tally: t}
		for j := range clients {
			member, err := newClient(i*clients+j, seed, t)
			if err != nil {
				return nil, err
			}
			one.clients = append(one.clients, member)
		}
		c.teams = append(c.teams, one)
	}
	return c, nil
}

// work goes through the waybills until enough says so, or none is left.
func (c *crowd) work(ctx context.Context, enough func() bool) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var all sync.WaitGroup
	for _, t := range c.teams {
		all.Go(func() {
			for ctx.Err() == nil && !enough() {
				i := int(c.next.Add(1)) - 1
				if i >= len(t.world.waybills) {
					return
				}
				if err := t.at(ctx, &t.world.waybills[i]); err != nil {
					fail(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func (c *crowd) leave() {
	for _, t := range c.teams {
		for _, one := range t.clients {
			one.http.CloseIdleConnections()
		}
	}
}

// at is one waybill's life. It ends when every client has done its part.
func (t *team) at(ctx context.Context, w *waybill) error {
	p := newPlan(t.clients[0].rand, len(t.clients))
	w.know(p)
	visits := make([]visit, len(t.clients))
	errs := make([]error, len(t.clients))
	var all sync.WaitGroup
	for i, c := range t.clients {
		visits[i] = visit{client: c, world: t.world, waybill: w}
		all.Go(func() { errs[i] = visits[i].send(ctx, p[i]) })
	}
	all.Wait()
	for i, v := range visits {
		if errs[i] != nil {
			return fmt.Errorf("waybill %s: %w", w.number, errs[i])
		}
		w.happened = append(w.happened, v.operations...)
	}
	t.tally.survey(w.happened)
	return nil
}

// visit is one client at one waybill.
type visit struct {
	*client
	world      *world
	waybill    *waybill
	operations []operation
}

// send goes through a client's questions, and looks at the waybill in between.
func (v *visit) send(ctx context.Context, questions []input) error {
	for _, in := range questions {
		if err := v.insist(ctx, in); err != nil {
			return err
		}
		if v.rand.IntN(100) < 65 {
			if _, err := v.try(ctx, input{what: read}); err != nil {
				return err
			}
		}
	}
	return nil
}

// insist repeats a request until there is an answer, as WeChat does and as the carrier's
// systems do: the same again, at whichever server. Sometimes it does not believe
// the answer and repeats it once more.
func (v *visit) insist(ctx context.Context, in input) error {
	for try := range 4 {
		if try > 0 {
			v.tally.note("asked again after no answer", 1)
		}
		answer, err := v.try(ctx, in)
		switch {
		case err != nil:
			return err
		case answer == unknown || answer == nothing:
			time.Sleep(time.Duration(v.rand.IntN(30)) * time.Millisecond)
			continue
		}
		if v.rand.IntN(5) == 0 {
			v.tally.note("asked again after an answer", 1)
			_, err = v.try(ctx, in)
		}
		return err
	}
	return nil
}

// try makes one request, and notes what came of it.
func (v *visit) try(ctx context.Context, in input) (answer string, err error) {
	for ctx.Err() == nil {
		s := v.server()
		to := s.at.Load()
		if to == nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		o := operation{input: in, client: v.id, server: s.name, call: time.Since(v.world.begun)}
		r, err := v.once(ctx, to, in)
		o.end = time.Since(v.world.begun)
		if err != nil {
			return "", err
		}
		if r.unasked {
			v.tally.note("no server there", 1)
			time.Sleep(5 * time.Millisecond)
			continue
		}
		o.output, o.note, o.cancelledAt = r.output, r.note, r.cancelledAt
		v.keep(o)
		return o.answer, nil
	}
	return "", context.Cause(ctx)
}

// server is any, but for the first question: there the clients of a team are
// spread.
func (v *visit) server() *server {
	all := v.world.servers
	if len(v.operations) == 0 {
		return all[v.id%len(all)]
	}
	return all[v.rand.IntN(len(all))]
}

func (v *visit) once(ctx context.Context, to *addresses, in input) (reply, error) {
	switch in.what {
	case read:
		r, _, err := v.readWaybill(ctx, to, v.waybill)
		return r, err
	case cancel:
		return v.cancel(ctx, to, v.waybill.push(in.n))
	}
	return v.report(ctx, to, v.waybill.scan(in, v.world.begun))
}

// keep takes down an operation. A read without an answer is none.
func (v *visit) keep(o operation) {
	v.tally.answer(o.input, o.output)
	if o.answer == unknown {
		if o.end = never; o.what == read {
			return
		}
	}
	v.operations = append(v.operations, o)
}
