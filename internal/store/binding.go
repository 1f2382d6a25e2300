package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/ledger"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A plain push's signature covers no body, so it is bound to the body of the first
// push that changes something with it: whoever has seen it cannot use it for
// another. Two that come with one signature at once are told apart by its key,
// where the second waits for the first's commit. That is the last that a push waits
// for, in the order of the signatures.
const (
	readBindings = `SELECT signature, body FROM bound_signature WHERE signature = ANY ($1::uuid[])`

	insertBindings = `INSERT INTO bound_signature (signature, body)
		SELECT signature, body FROM unnest($1::uuid[], $2::uuid[]) AS q (signature, body)`

	// A part of the table as it lies on the disk. Servers that are at it together take
	// its rows in the same order.
	forgetSignatures = `DELETE FROM bound_signature
		WHERE bound_at < $1 AND ctid >= format('(%s,0)', $2::bigint)::tid AND ctid < format('(%s,0)', $3::bigint)::tid`

	countPages = `SELECT pg_relation_size('bound_signature') / current_setting('block_size')::bigint`
)

// forgetPages is how much of the table goes in one transaction: some ten thousand rows.
const forgetPages = 128

// bindings are the bodies that signatures are bound to.
type bindings map[[16]byte][16]byte

// oneBodyEach is the set without the jobs that come with the signature of one before
// them for another body: whether that one binds it is known once it was kept. They
// are tried again, as if what they are about were locked.
func oneBodyEach[J job](set []J) []J {
	if !slices.ContainsFunc(set, func(j J) bool { return j.binding() != nil }) {
		return set
	}
	first := make(bindings, len(set)) // of each signature
	return without(set, func(j J) bool {
		of := j.binding()
		if first.replays(of) {
			return true
		}
		if of != nil {
			first[of.Signature] = of.Body
		}
		return false
	})
}

// without is a set without some of it. The set itself is its owner's.
func without[J job](set []J, some func(J) bool) []J {
	return slices.DeleteFunc(slices.Clone(set), some)
}

// queueSignatures asks for the bodies of a set's signatures, if it has any.
func queueSignatures[J job](b *pgx.Batch, set []J) (queued bool) {
	var of []*ledger.Binding
	for _, j := range set {
		if b := j.binding(); b != nil {
			of = append(of, b)
		}
	}
	if len(of) == 0 {
		return false
	}
	b.Queue(readBindings, columnOf(of, signatureOf))
	return true
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
	err := eachRow(res, func(rows pgx.Rows) error {
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

// withoutReplayed is the set without the jobs whose signature is bound to another
// body. Those fail. What was in doubt of one did not happen: it would have bound the
// signature.
func withoutReplayed[J job](set []J, bound bindings) []J {
	if len(bound) == 0 {
		return set
	}
	return without(set, func(j J) bool {
		t := j.state()
		replayed := bound.replays(j.binding())
		if replayed {
			t.inDoubt = false
			t.fails(ledger.ErrReplayed)
		}
		return replayed
	})
}

func (l bindings) replays(b *ledger.Binding) bool {
	if b == nil {
		return false
	}
	body, there := l[b.Signature]
	return there && body != b.Body
}

// queueBindings binds the signatures of what changes something, but for those that
// are bound.
func queueBindings[J job](b *pgx.Batch, kept []J, bound bindings) {
	var fresh []*ledger.Binding
	for _, j := range kept {
		of := j.binding()
		if of == nil || !j.Changes() {
			continue
		}
		if _, there := bound[of.Signature]; !there {
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

// notReplayed asks about one signature, if there is a binding.
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

// ForgetSignatures deletes what binds signatures that no server takes any more: a
// push may be as far ahead of the server's clock as behind it, and that clock an hour
// away from the database's. Where the window is 0 a signature is good for ever, and
// nothing is deleted; and so where the database's clock is in doubt, which is
// ErrClockNotTrusted. Any number of servers may do it.
func (s *Store) ForgetSignatures(ctx context.Context, window time.Duration) (forgotten int64, err error) {
	if window <= 0 {
		return 0, nil
	}
	clock, err := s.CheckClock(ctx)
	var pages int64
	if err == nil {
		err = s.pool.QueryRow(ctx, countPages).Scan(&pages)
	}
	oldest := clock.Database.Add(-2*window - maxClockDifference)
	for page := int64(0); err == nil && page < pages; page += forgetPages {
		var tag pgconn.CommandTag
		tag, err = s.pool.Exec(ctx, forgetSignatures, oldest, page, page+forgetPages)
		forgotten += tag.RowsAffected()
	}
	if err != nil {
		return forgotten, fmt.Errorf("forget signatures: %w", err)
	}
	return forgotten, nil
}
