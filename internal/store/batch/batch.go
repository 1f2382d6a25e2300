// Package batch lets requests that arrive together share a transaction of two round
// trips: lock and load, then write and commit.
//
// A request waits in a queue while the batches before it are under way. One whose
// waybill or order another transaction has locked is left undecided and comes back to
// the queue after a pause. One that ran into the lock timeout, on a quota for example,
// goes on isolated, in batches of its own merchant, so that no other request waits with
// it. After a transient error a request is tried again until its deadline. A commit
// whose answer was lost is resolved by the next try: its Transaction finds the change
// that the request made, writes to the row again and commits.
//
// The package knows no table and no rule: a Transaction says what to load, how to
// decide and what to write.
package batch

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Task is what a request of any kind carries through as many transactions as it takes.
// A Job embeds one.
type Task struct {
	// Owner is the merchant or shop whose rows the request locks; empty: nobody's.
	Owner string

	// BeforeRetry is what has to be done before the next try, without a transaction. A
	// Transaction sets it when it leaves the request undecided because of it.
	BeforeRetry func(context.Context) error

	// InDoubt is set when a transaction that was to change something was sent to
	// commit and the connection went away, or Postgres warned.
	InDoubt bool

	// Resolved is set by a Transaction that finds what was to be done committed before,
	// by the commit in doubt or by the same report. The row has to be written once more:
	// a read also shows what a failover would lose, and only a commit that wrote
	// something waits until a synchronous standby has the commit that was found.
	Resolved bool

	// Decided is set with the commit, or by a Transaction where nothing is to be
	// written. It counts where the try has ended without an error.
	Decided bool

	shared    bool // its last batch had others in it
	isolated  bool // it goes with its own owner's only
	alone     bool // it goes without others from now on
	replanned bool // it was tried again after a stale plan, as happens once
}

func (t *Task) state() *Task { return t }

// Isolated tells whether the request goes with its own owner's only.
func (t *Task) Isolated() bool { return t.isolated }

// Fail ends the request with an error that the last try has found.
func (t *Task) Fail(err error) {
	t.BeforeRetry = func(context.Context) error { return err }
}

// FailUndone is Fail where what was in doubt is known not to have happened.
func (t *Task) FailUndone(err error) {
	t.InDoubt = false
	t.Fail(err)
}

// Job is a request with its decision, once there is one. It embeds a Task.
type Job interface {
	state() *Task
	Writes() bool // whether it is in doubt if the answer to its COMMIT is lost
}

// Transaction is what one kind of request does with a batch, in this order.
type Transaction[J Job] interface {
	QueueLoad(b *pgx.Batch, jobs []J)
	Load(res pgx.BatchResults) error
	Decide(jobs []J) (kept []J) // those whose decision is to be written
	QueueWrite(b *pgx.Batch, kept []J)
}

// Split parts the jobs of a batch that write something new from those that are
// resolved.
func Split[J Job](kept []J) (fresh, resolved []J) {
	for _, j := range kept {
		if j.state().Resolved {
			resolved = append(resolved, j)
		} else {
			fresh = append(fresh, j)
		}
	}
	return fresh, resolved
}
