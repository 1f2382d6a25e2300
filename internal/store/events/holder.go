package events

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// Holder is the session whose transaction keeps the horizon where it is.
type Holder struct {
	PID         int
	Application string
	Age         time.Duration // of its transaction
}

// Holder is who holds it back; zero: nobody does for longer than a moment.
func (h *Horizon) Holder() Holder { return h.now().holder }

// watchHolder looks who holds the horizon back.
func (h *Horizon) watchHolder(ctx context.Context, r *reporter) {
	s := h.now()
	switch {
	case len(h.fences) == 0 || time.Since(h.fences[0].begun) < stuckAfter:
		r.goesOn()
		if s.holder == (Holder{}) {
			return
		}
		s.holder = Holder{}
	case time.Since(h.searched) < stuckAfter:
		return
	default:
		h.searched = time.Now()
		holder, err := h.findHolder(ctx, h.fences[0].holders)
		if err != nil {
			return // the next tick tells what is wrong
		}
		s.holder = holder
		if time.Since(h.fences[0].begun) > sayHolderAfter {
			r.stuck(holder)
		}
	}
	h.show(s)
}

// findHolder finds the oldest of the transactions that hold the horizon back.
func (h *Horizon) findHolder(ctx context.Context, holders []string) (by Holder, err error) {
	ctx, cancel := context.WithTimeout(ctx, tickLimit)
	defer cancel()
	var seconds float64
	err = h.pool.QueryRow(ctx, `SELECT h.pid, coalesce(h.application_name, ''), coalesce(extract(epoch FROM clock_timestamp() - h.xact_start), 0)::float8
		FROM pg_stat_activity AS h WHERE h.pid IN (SELECT l.pid `+eventLocks+` AND l.virtualtransaction = ANY($1)) ORDER BY h.xact_start LIMIT 1`, holders).
		Scan(&by.PID, &by.Application, &seconds)
	by.Age = time.Duration(seconds * float64(time.Second))
	return by, err
}

// reporter logs each change once.
type reporter struct {
	log              *zap.Logger
	failing, isStuck bool
}

func (r *reporter) failure(err error) {
	switch {
	case err != nil && !r.failing:
		r.log.Warn("events are not read", zap.Error(err))
	case err == nil && r.failing:
		r.log.Info("events are read again")
	}
	r.failing = err != nil
}

func (r *reporter) stuck(by Holder) {
	if !r.isStuck {
		r.log.Warn("a transaction delays events", zap.Int("pid", by.PID), zap.String("application", by.Application), zap.Duration("age", by.Age))
	}
	r.isStuck = true
}

func (r *reporter) goesOn() {
	if r.isStuck {
		r.log.Info("events are delayed no more")
	}
	r.isStuck = false
}
