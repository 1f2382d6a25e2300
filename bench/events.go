package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	eventsWritten = "events written"
	eventsNone    = "events none"
	eventsBeside  = "events delivered beside"
	eventsAlone   = "events delivered alone"
	eventsLatency = "events latency"
	eventsWaiting = "events waiting"
	eventsNoWait  = "events none waiting"

	// answerBeside is what an endpoint takes for each answer beside pushes. With 64
	// requests under way, of some 8 ms each besides, that is about deliveredBeside a second.
	answerBeside    = 52 * time.Millisecond
	deliveredBeside = 1000
	maxBeside       = int(64 * time.Second / answerBeside)

	latencyRate   = 1000     // cancels a second
	backlogAlone  = 60_000   // events to be delivered without pushes
	waitingEvents = 1000_000 // for a dead endpoint
)

// events measures what it costs to write events and to deliver them.
func (b *bench) events(ctx context.Context) (err error) {
	if err := b.prepareDatabases(ctx); err != nil {
		return err
	}
	statements, err := transaction(eventScript)
	if err != nil {
		return err
	}
	e := &eventBench{bench: b, database: b.databases[0]}
	if err := e.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close(ctx)) }()
	trials := []trial{
		b.loadTrial(eventsWritten, "as (a), with the events of two endpoints written and not delivered", e.served(e.takers, e.paused, 0)),
		b.loadTrial(eventsNone, "as (a), without events", b.served(e.database, secureXML, nil)),
		{eventsBeside, fmt.Sprintf("as (a), while about %d events a second are delivered to each of two endpoints", deliveredBeside), e.beside},
		{eventsAlone, fmt.Sprintf("%d events, to one endpoint that answers at once, without pushes", backlogAlone), e.alone},
		{eventsLatency, fmt.Sprintf("open loop: %d cancels a second, from the decision to the request of the webhook", latencyRate), e.latency},
		b.loadTrial(eventsNoWait, "as (a), with a dead endpoint", e.served(e.dead, e.empty, 0)),
		b.loadTrial(eventsWaiting, fmt.Sprintf("as (a), with a dead endpoint that %d events wait for", waitingEvents), e.served(e.dead, e.waiting, 0)),
	}
	for _, clients := range b.plan.Clients {
		trials = append(trials, trial{
			fmt.Sprintf("events pgbench %d", clients),
			fmt.Sprintf("pgbench -M prepared, the store's statements with the event's, in one transaction a waybill, %d clients", clients),
			func(ctx context.Context) (round, error) {
				if err := e.empty(ctx); err != nil {
					return round{}, err
				}
				return b.measurePgbench(ctx, e.database, statements, clients)
			},
		})
	}
	results, err := b.interleave(ctx, trials)
	if err != nil {
		return err
	}
	written := find(results, eventsWritten)
	written.compare(toNone, find(results, eventsNone))
	written.compare(toPgbench, bestPgbench(results[len(results)-len(b.plan.Clients):]))
	find(results, eventsBeside).compare(toWritten, written)
	waiting, none := find(results, eventsWaiting), find(results, eventsNoWait)
	waiting.compare(toNone, none)
	waiting.Ratios[moreRSS] = waiting.Figures["peak_rss_mib"].Median - none.Figures["peak_rss_mib"].Median
	b.add(results...)
	return nil
}

// eventBench is the phase.
type eventBench struct {
	*bench
	database     *database
	receivers    []*receiver
	takers, dead string // configuration files

	besideEstimate estimate
}

func (e *eventBench) open() (err error) {
	var urls []string
	for range takers {
		r, err := newReceiver()
		if err != nil {
			return err
		}
		e.receivers, urls = append(e.receivers, r), append(urls, r.url)
	}
	if e.takers, err = writeConfig(e.dir, "takers.yaml", takers, urls); err != nil {
		return err
	}
	e.dead, err = writeConfig(e.dir, "dead.yaml", dead, []string{"http://127.0.0.1:1/"})
	return err
}

// close leaves no events: they would be in the way of the phases after it.
func (e *eventBench) close(ctx context.Context) (err error) {
	for _, r := range e.receivers {
		err = errors.Join(err, r.server.Close())
	}
	return errors.Join(err, e.empty(ctx))
}

func (e *eventBench) served(config string, before func(context.Context) error, rate float64) subject {
	sub := e.bench.served(e.database, secureXML, nil)
	sub.config, sub.before, sub.rate = config, before, rate
	return sub
}

// The states that a run begins with.

func (e *eventBench) empty(ctx context.Context) error {
	for _, r := range e.receivers {
		r.reset(0)
	}
	return e.database.exec(ctx, "TRUNCATE event, event_retry, event_dead, event_endpoint", "VACUUM ANALYZE event", "CHECKPOINT")
}

func (e *eventBench) paused(ctx context.Context) error {
	if err := e.empty(ctx); err != nil {
		return err
	}
	return e.begin(ctx, takers, "now()")
}

// backlog has events for as long as the run lasts.
func (e *eventBench) backlog(ctx context.Context) error {
	length := e.plan.Length.Seconds() + e.plan.Warm.Seconds() + 2
	if err := e.filled(ctx, takers, int(float64(maxBeside)*length)); err != nil {
		return err
	}
	for _, r := range e.receivers {
		r.reset(answerBeside)
	}
	return nil
}

func (e *eventBench) waiting(ctx context.Context) error { return e.filled(ctx, dead, waitingEvents) }

// filled has so many events of other waybills, which all endpoints have still to get.
func (e *eventBench) filled(ctx context.Context, endpoints []string, n int) error {
	if err := e.empty(ctx); err != nil {
		return err
	}
	if err := e.begin(ctx, endpoints, "NULL"); err != nil {
		return err
	}
	_, err := e.database.conn.Exec(ctx, `INSERT INTO event (at, kind, parcel, id, body)
		SELECT now(), 'waybill.cancelled', 'waybill b' || n, gen_random_uuid(), $1 FROM generate_series(1, $2) AS n`, eventBody, n)
	if err != nil {
		return err
	}
	return e.database.exec(ctx, "VACUUM ANALYZE event", "CHECKPOINT")
}

// begin makes the endpoints, who have had what is there.
func (e *eventBench) begin(ctx context.Context, endpoints []string, pausedAt string) error {
	_, err := e.database.conn.Exec(ctx, `INSERT INTO event_endpoint (name, position, paused_at)
		SELECT unnest($1::text[]), CASE WHEN s.is_called THEN s.last_value ELSE 0 END, `+pausedAt+` FROM event_position s`, endpoints)
	return err
}

// beside is one run with pushes at full load.
func (e *eventBench) beside(ctx context.Context) (round, error) {
	r, err := e.measure(ctx, e.served(e.takers, e.backlog, 0), &e.besideEstimate)
	if err != nil {
		return r, err
	}
	_, first := e.receivers[0].got()
	_, second := e.receivers[1].got()
	r.Figures["deliveries_per_second"] = min(first, second)
	return r, nil
}

// alone is one run without pushes: how fast what waits is delivered.
func (e *eventBench) alone(ctx context.Context) (r round, err error) {
	if err := e.filled(ctx, takers[:1], backlogAlone); err != nil {
		return r, err
	}
	s, err := start(e.dir, e.database.product.program, e.takers, env(e.database.url, nil))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		n, perSecond := e.receivers[0].got()
		if n >= backlogAlone {
			r.Figures = figures{"deliveries": float64(n), "deliveries_per_second": perSecond}
			return r, nil
		}
		if time.Since(begun) > replyTimeout {
			return r, fmt.Errorf("%d of %d events were delivered in %v", n, backlogAlone, replyTimeout)
		}
	}
}

// latency is one run of an open loop, in which each event is delivered as soon as it can.
func (e *eventBench) latency(ctx context.Context) (round, error) {
	r, err := e.measure(ctx, e.served(e.takers, e.empty, latencyRate), new(estimate))
	if err != nil {
		return r, err
	}
	latencies := e.receivers[0].latencies(e.plan.Warm.Duration)
	r.Figures["deliveries"] = float64(len(latencies))
	r.Figures.latencies("webhook_", latencies)
	return r, nil
}
