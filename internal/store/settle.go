package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	setTimeouts = `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
		set_config('idle_in_transaction_session_timeout', $3, true)`

	// Nobody is waited for: a waybill that somebody else has locked comes back
	// as held, with nothing but its ids. So a set cannot be delayed by one of its
	// waybills, and two sets cannot wait for each other, in whatever order they
	// lock.
	lockWaybills = `WITH locked AS MATERIALIZED (
			SELECT w.biz_id, w.waybill_id, w.order_id, w.shop_app_id, w.service, w.status::text AS status,
				w.booked_at, w.collected_at, w.charged_at, w.signed_at, w.cancelled_at, w.cancel_push
			FROM waybill w
			JOIN unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
				ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id
			ORDER BY w.biz_id, w.waybill_id
			FOR UPDATE OF w SKIP LOCKED)
		SELECT * FROM locked
		UNION ALL
		SELECT w.biz_id, w.waybill_id, '', '', '', 'held', w.booked_at, NULL, NULL, NULL, NULL, NULL
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		JOIN waybill w ON w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id
		WHERE NOT EXISTS (SELECT FROM locked l WHERE l.biz_id = q.biz_id AND l.waybill_id = q.waybill_id)`

	// Always one row at least, for the time. It comes after the locks: a
	// decision that had to wait is made by the clock of its own moment.
	readMerchants = `SELECT clock_timestamp(), coalesce(m.biz_id, ''), coalesce(m.password_hash, ''),
			coalesce(m.cancel_allowed, false)
		FROM (VALUES (1)) AS one (row)
		LEFT JOIN merchant m ON m.biz_id = ANY ($1::text[])`

	cancelWaybills = `UPDATE waybill w
		SET status = 'cancelled', cancelled_at = $4, cancel_push = q.push
		FROM unnest($1::text[], $2::text[], $3::bytea[]) AS q (biz_id, waybill_id, push)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`
)

// held is the status of a waybill that somebody else has locked.
const held waybill.Status = "held"

type waybillKey struct{ bizID, id string }

// ground is what the decisions of one transaction stand on.
type ground struct {
	now       time.Time
	merchants map[string]*waybill.Merchant
	waybills  map[waybillKey]*waybill.Waybill
}

// settle decides a set of cancels in one transaction of two round trips: lock
// and read, then write and commit. A job that it leaves undecided without an
// error wants its password compared first, or is about a waybill that is held.
func (s *Store) settle(ctx context.Context, set []*cancelJob) error {
	return s.attempt(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return s.settleOn(ctx, conn, set)
	})
}

func (s *Store) settleOn(ctx context.Context, conn *pgxpool.Conn, set []*cancelJob) error {
	g, err := s.lockAndRead(ctx, conn, set)
	if err != nil {
		return rollback(ctx, conn, err)
	}
	kept := s.decide(g, set)
	if len(kept) == 0 {
		return rollback(ctx, conn, nil)
	}
	return s.writeAndCommit(ctx, conn, g.now, kept)
}

func (s *Store) lockAndRead(ctx context.Context, conn *pgxpool.Conn, set []*cancelJob) (ground, error) {
	bizIDs, waybillIDs := keysOf(set)
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(setTimeouts, s.timeouts[0], s.timeouts[1], s.timeouts[2])
	b.Queue(lockWaybills, bizIDs, waybillIDs)
	b.Queue(readMerchants, bizIDs)
	res := conn.SendBatch(ctx, &b)
	defer res.Close()

	g := ground{merchants: map[string]*waybill.Merchant{}, waybills: map[waybillKey]*waybill.Waybill{}}
	for _, what := range []string{"begin", "set timeouts"} {
		if _, err := res.Exec(); err != nil {
			return g, fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := scanWaybills(res, g); err != nil {
		return g, fmt.Errorf("lock waybills: %w", err)
	}
	if err := scanMerchants(res, &g); err != nil {
		return g, fmt.Errorf("read merchants: %w", err)
	}
	return g, res.Close()
}

// keysOf lists the waybills that the set asks about.
func keysOf(set []*cancelJob) (bizIDs, waybillIDs []string) {
	bizIDs, waybillIDs = []string{}, []string{}
	seen := map[waybillKey]bool{}
	for _, job := range set {
		k := waybillKey{job.req.BizID, job.req.WaybillID}
		if job.req.Malformed || seen[k] {
			continue
		}
		seen[k] = true
		bizIDs, waybillIDs = append(bizIDs, k.bizID), append(waybillIDs, k.id)
	}
	return bizIDs, waybillIDs
}

func scanWaybills(res pgx.BatchResults, g ground) error {
	rows, err := res.Query()
	if err != nil {
		return err
	}
	for rows.Next() {
		w := new(waybill.Waybill)
		if err := rows.Scan(waybillFields(w)...); err != nil {
			return err
		}
		g.waybills[waybillKey{w.BizID, w.ID}] = w
	}
	return rows.Err()
}

// waybillFields are the places for the columns of lockWaybills, in their order.
func waybillFields(w *waybill.Waybill) []any {
	zero := func(t *time.Time) any { return (*zeronull.Timestamptz)(t) }
	return []any{
		&w.BizID, &w.ID, &w.OrderID, &w.ShopAppID, &w.Service, &w.Status,
		&w.BookedAt, zero(&w.CollectedAt), zero(&w.ChargedAt), zero(&w.SignedAt), zero(&w.CancelledAt),
		(*identity)(&w.CancelledBy),
	}
}

// identity scans a nullable identity of a push.
type identity waybill.PushID

func (id *identity) ScanBytes(b []byte) error {
	*id = identity{}
	if b != nil && copy(id[:], b) != len(id) {
		return errors.New("identity of a push is not 32 bytes")
	}
	return nil
}

func scanMerchants(res pgx.BatchResults, g *ground) error {
	rows, err := res.Query()
	if err != nil {
		return err
	}
	for rows.Next() {
		var m waybill.Merchant
		if err := rows.Scan(&g.now, &m.BizID, &m.PasswordHash, &m.CancelAllowed); err != nil {
			return err
		}
		if m.BizID != "" {
			g.merchants[m.BizID] = &m
		}
	}
	return rows.Err()
}

// decide applies the rule to each job of the set, one after the other, so that
// a waybill that occurs twice is seen as the one before left it. It returns the
// jobs that are to be kept.
func (s *Store) decide(g ground, set []*cancelJob) (kept []*cancelJob) {
	for _, job := range set {
		m := g.merchants[job.req.BizID]
		w := g.waybills[waybillKey{job.req.BizID, job.req.WaybillID}]
		if w != nil && w.Status == held {
			continue
		}
		if job.inDoubt && w != nil && w.CancelledBy == job.req.Push.ID {
			// The commit that was in doubt did happen, with its ledger row.
			job.decision, job.decided = waybill.Decision{Reason: waybill.Accepted}, true
			s.metrics.resolved.Inc()
			continue
		}
		right, known := s.passwordRight(job, m)
		if !known {
			continue
		}
		job.decision, job.decided = waybill.Cancel(job.req, m, right, w, s.policy, g.now), true
		if job.decision.Changes() {
			w.Status, w.CancelledAt, w.CancelledBy = waybill.Cancelled, g.now, job.req.Push.ID
		}
		kept = append(kept, job)
	}
	return kept
}

// writeAndCommit sends the changes, the ledger rows and the COMMIT in one round
// trip. When the connection goes away from here on, nobody knows whether the
// commit happened: the jobs that cancel are marked as in doubt.
func (s *Store) writeAndCommit(ctx context.Context, conn *pgxpool.Conn, now time.Time, kept []*cancelJob) error {
	var b pgx.Batch
	queueCancels(&b, now, kept)
	s.queueLedger(&b, now, kept)
	b.Queue("COMMIT")
	if err := execAll(ctx, conn, &b); err != nil {
		// What the driver believes was not sent may have been: doubt costs one
		// more look, certainty that is wrong costs the truth.
		lost := conn.Conn().IsClosed()
		for _, job := range kept {
			job.decided = false
			job.inDoubt = job.inDoubt || lost && job.decision.Changes()
		}
		return rollback(ctx, conn, fmt.Errorf("write and commit: %w", err))
	}
	return nil
}

// execAll runs a batch and returns its first error; closing alone would return
// a later one.
func execAll(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch) error {
	res := conn.SendBatch(ctx, b)
	for range b.Len() {
		if _, err := res.Exec(); err != nil {
			_ = res.Close()
			return err
		}
	}
	return res.Close()
}

func queueCancels(b *pgx.Batch, now time.Time, kept []*cancelJob) {
	var bizIDs, waybillIDs []string
	var pushes [][]byte
	for _, job := range kept {
		if job.decision.Changes() {
			bizIDs = append(bizIDs, job.req.BizID)
			waybillIDs = append(waybillIDs, job.req.WaybillID)
			pushes = append(pushes, job.req.Push.ID[:])
		}
	}
	if len(bizIDs) > 0 {
		b.Queue(cancelWaybills, bizIDs, waybillIDs, pushes, now)
	}
}
