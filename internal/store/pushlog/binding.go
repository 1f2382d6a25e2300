package pushlog

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A plain push's signature covers no body, so it is bound to the body of the first
// push that changes something with it: a stranger who has seen it cannot use it for
// another body. Of two pushes with one signature at the same time, the second waits at
// the table's key for the first one's commit, and is tried again. Signatures are
// written in their order and after all other rows, which rules out a deadlock.
const (
	readBindings = `SELECT signature, body FROM bound_signature WHERE signature = ANY ($1::uuid[])`

	bindSignatures = `INSERT INTO bound_signature (signature, body)
		SELECT signature, body FROM unnest($1::uuid[], $2::uuid[]) AS q (signature, body)`

	// Inserts the signatures that are bound to another body, which the table's key
	// refuses.
	checkSignatures = bindSignatures + `
		WHERE (SELECT b.body FROM bound_signature b WHERE b.signature = q.signature) <> q.body`
)

// NoteConflict tells whether a batch has a signature that is bound. Its next try, and all
// batches for some time, read what their signatures are bound to before they decide:
// somebody may be sending what he has seen, and a batch that is refused by the table's
// key is done twice.
func (l *Log) NoteConflict(e *pgconn.PgError) bool {
	if e.ConstraintName != "bound_signature_pkey" || e.Code != "23505" { // unique_violation
		return false
	}
	l.readUntil.Store(time.Now().Add(readFor).UnixNano())
	return true
}

// readFor is longer than a push is tried again.
const readFor = 10 * time.Second

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
	Log *Log

	hasAny    bool // a push of the batch has a signature
	readBound bool // what they are bound to
	bound     bindings
}

// QueueSignatures reads the bodies of a batch's signatures, if it has any and one was
// refused lately.
func (s *Signatures[J]) QueueSignatures(b *pgx.Batch, jobs []J) {
	s.hasAny = slices.ContainsFunc(jobs, func(j J) bool { return j.Binding() != nil })
	if s.readBound = s.hasAny && time.Now().UnixNano() < s.Log.readUntil.Load(); !s.readBound {
		return
	}
	signatures := newColumn(len(jobs)) // null: the signature of the push covers its body
	for i, j := range jobs {
		if of := j.Binding(); of != nil {
			*signatures[i] = uuidOf(of.Signature)
		}
	}
	b.Queue(readBindings, signatures)
}

// LoadSignatures reads the answer to QueueSignatures.
func (s *Signatures[J]) LoadSignatures(res pgx.BatchResults) (err error) {
	if s.readBound {
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
	if !s.hasAny {
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

// QueueBindings binds the signatures of what changes something. Where it was not read
// what they are bound to, it checks those of what does not.
func (s *Signatures[J]) QueueBindings(b *pgx.Batch, kept []J) {
	if !s.hasAny {
		return
	}
	var changed, unchanged []*ledger.Binding
	for _, j := range kept {
		of := j.Binding()
		if of == nil {
			continue
		}
		_, bound := s.bound[of.Signature]
		switch {
		case j.Writes() && !bound:
			changed = append(changed, of)
		case !j.Writes() && !s.readBound:
			unchanged = append(unchanged, of)
		}
	}
	queueBindings(b, checkSignatures, unchanged)
	queueBindings(b, bindSignatures, changed)
}

func queueBindings(b *pgx.Batch, sql string, of []*ledger.Binding) {
	if len(of) == 0 {
		return
	}
	slices.SortFunc(of, func(x, y *ledger.Binding) int { return bytes.Compare(x.Signature[:], y.Signature[:]) })
	of = slices.CompactFunc(of, func(x, y *ledger.Binding) bool { return x.Signature == y.Signature })
	signatures, bodies := newColumn(len(of)), newColumn(len(of))
	for i, w := range of {
		*signatures[i], *bodies[i] = uuidOf(w.Signature), uuidOf(w.Body)
	}
	b.Queue(sql, signatures, bodies)
}

// newColumn is room for a column of hashes. It has pointers, for pgx puts each value
// into an interface, and what is no pointer costs an allocation there.
func newColumn(n int) []*pgtype.UUID {
	values, column := make([]pgtype.UUID, n), make([]*pgtype.UUID, n)
	for i := range values {
		column[i] = &values[i]
	}
	return column
}

func uuidOf(hash [16]byte) pgtype.UUID { return pgtype.UUID{Bytes: hash, Valid: true} }

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
