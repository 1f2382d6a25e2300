package pushlog

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A plain push's signature covers no body, so it is bound to the body of the first
// push that changes something with it: a stranger who has seen it cannot use it for
// another body. Of two pushes with one signature at the same time, the second waits at
// the table's key for the first one's commit, and is tried again. Signatures are
// written in their order and after all other rows, which rules out a deadlock.
const (
	readBindings = `SELECT signature, body FROM bound_signature WHERE signature = ANY ($1::uuid[])`

	insertBindings = `INSERT INTO bound_signature (signature, body)
		SELECT signature, body FROM unnest($1::uuid[], $2::uuid[]) AS q (signature, body)`
)

// Conflict tells whether another transaction was faster to use a signature. The next
// try sees it.
func Conflict(e *pgconn.PgError) bool {
	return e.ConstraintName == "bound_signature_pkey" && e.Code == "23505" // unique_violation
}

// bindings are the bodies that signatures are bound to.
type bindings map[[16]byte][16]byte

// Job is a job of a push.
type Job interface {
	batch.Job
	Binding() *ledger.Binding // of a plain push; nil: of another
	FailUndone(error)
}

// Signatures keeps replayed pushes out of a batch and binds the signatures of the
// others. A transaction of pushes embeds it, and calls its methods in this order.
type Signatures[J Job] struct {
	queued bool // a push of the batch has a signature
	bound  bindings
}

// QueueSignatures reads the bodies of a batch's signatures, if it has any.
func (s *Signatures[J]) QueueSignatures(b *pgx.Batch, jobs []J) {
	var of []*ledger.Binding
	for _, j := range jobs {
		if b := j.Binding(); b != nil {
			of = append(of, b)
		}
	}
	if s.queued = len(of) > 0; s.queued {
		b.Queue(readBindings, columnOf(of, signatureOf))
	}
}

// LoadSignatures reads the answer to QueueSignatures.
func (s *Signatures[J]) LoadSignatures(res pgx.BatchResults) (err error) {
	if s.queued {
		s.bound, err = loadBindings(res)
	}
	return err
}

// Admit is the batch without replayed pushes. One whose signature is bound to another
// body fails. What was in doubt of it did not happen: it would have bound the
// signature. One that comes with the signature of a push before it, for another body,
// is left undecided and so tried again: whether that push binds the signature is known
// once it was committed. The jobs passed in stay as they are.
func (s *Signatures[J]) Admit(jobs []J) []J {
	if !s.queued {
		return jobs
	}
	first := make(bindings, len(jobs)) // of each signature
	return slices.DeleteFunc(slices.Clone(jobs), func(j J) bool {
		of := j.Binding()
		if of == nil {
			return false
		}
		if first.replays(of) {
			return true
		}
		first[of.Signature] = of.Body
		replayed := s.bound.replays(of)
		if replayed {
			j.FailUndone(ledger.ErrReplayed)
		}
		return replayed
	})
}

// QueueBindings binds the signatures of what changes something, but for those that
// are bound.
func (s *Signatures[J]) QueueBindings(b *pgx.Batch, kept []J) {
	if !s.queued {
		return
	}
	var fresh []*ledger.Binding
	for _, j := range kept {
		of := j.Binding()
		if of == nil || !j.Writes() {
			continue
		}
		if _, there := s.bound[of.Signature]; !there {
			fresh = append(fresh, of)
		}
	}
	if len(fresh) == 0 {
		return
	}
	slices.SortFunc(fresh, func(x, y *ledger.Binding) int { return bytes.Compare(x.Signature[:], y.Signature[:]) })
	fresh = slices.CompactFunc(fresh, func(x, y *ledger.Binding) bool { return x.Signature == y.Signature })
	b.Queue(insertBindings, columnOf(fresh, signatureOf), columnOf(fresh, bodyOf))
}

func signatureOf(b *ledger.Binding) [16]byte { return b.Signature }
func bodyOf(b *ledger.Binding) [16]byte      { return b.Body }

// columnOf is a column of hashes. It has pointers, for pgx puts each value into an
// interface, and what is no pointer costs an allocation there.
func columnOf(of []*ledger.Binding, hash func(*ledger.Binding) [16]byte) []*pgtype.UUID {
	values, column := make([]pgtype.UUID, len(of)), make([]*pgtype.UUID, len(of))
	for i, b := range of {
		values[i] = pgtype.UUID{Bytes: hash(b), Valid: true}
		column[i] = &values[i]
	}
	return column
}

func loadBindings(res pgx.BatchResults) (bindings, error) {
	var bound bindings
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var signature, body pgtype.UUID
		err := rows.Scan(&signature, &body)
		if bound == nil {
			bound = bindings{}
		}
		bound[signature.Bytes] = body.Bytes
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read signatures: %w", err)
	}
	return bound, nil
}

func (l bindings) replays(b *ledger.Binding) bool {
	if b == nil {
		return false
	}
	body, there := l[b.Signature]
	return there && body != b.Body
}

// notReplayed checks one signature, if there is a binding.
func notReplayed(ctx context.Context, conn *pgxpool.Conn, of *ledger.Binding) error {
	if of == nil {
		return nil
	}
	var b pgx.Batch
	b.Queue(readBindings, columnOf([]*ledger.Binding{of}, signatureOf))
	res := conn.SendBatch(ctx, &b)
	defer res.Close()
	bound, err := loadBindings(res)
	if err == nil && bound.replays(of) {
		err = ledger.ErrReplayed
	}
	return err
}
