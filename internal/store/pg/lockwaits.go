package pg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Session is a session that others wait for. It has no text of a query, which may have
// somebody's data in it.
type Session struct {
	PID         int32 // 0: a prepared transaction
	Application string
	Role        string
	State       string   // empty: it is not shown to this role
	Open        *float64 // seconds since its transaction began; nil: there is none, or it is not shown
	Idle        *float64 // seconds since its state changed; likewise
}

// sessionColumns are those of Session, of pg_stat_activity AS h.
const sessionColumns = `coalesce(h.application_name, ''), coalesce(h.usename::text, ''), coalesce(h.state, ''),
	extract(epoch FROM clock_timestamp() - h.xact_start)::float8, extract(epoch FROM clock_timestamp() - h.state_change)::float8`

func (s Session) String() string {
	if s.PID == 0 {
		return "a prepared transaction (see pg_prepared_xacts)"
	}
	about := []string{"role " + s.Role}
	if s.Application != "" {
		about = append(about, "application "+s.Application)
	}
	if s.State != "" {
		about = append(about, s.State)
	}
	since := func(seconds *float64) time.Duration {
		return time.Duration(*seconds * float64(time.Second)).Round(time.Second)
	}
	switch {
	case s.Open != nil:
		about = append(about, "transaction open for "+since(s.Open).String())
	case s.Idle != nil:
		about = append(about, "for "+since(s.Idle).String())
	}
	return fmt.Sprintf("pid %d (%s)", s.PID, strings.Join(about, ", "))
}

// Wait is something that sessions wait for, and for whom.
type Wait struct {
	For string // as "table waybill"
	By  []Session
}

func (w Wait) String() string {
	if len(w.By) == 0 {
		return w.For
	}
	var by []string
	for _, s := range w.By {
		by = append(by, s.String())
	}
	return w.For + ", locked by " + strings.Join(by, " and ")
}

// Same tells whether it is a wait for the same, and the same sessions.
func (w Wait) Same(other Wait) bool {
	if w.For != other.For || len(w.By) != len(other.By) {
		return false
	}
	for i := range w.By {
		if w.By[i].PID != other.By[i].PID {
			return false
		}
	}
	return true
}

// rows is a connection or a pool.
type rows interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readLockWaits reads for what the session $1 waits, or those of this role and
// application if it is 0. A commit waits for a synchronous standby, which is no lock.
const readLockWaits = `SELECT CASE WHEN w.wait_event = 'SyncRep' THEN 'a synchronous standby'
		WHEN l.relation IS NOT NULL THEN 'table ' || l.relation::regclass
		WHEN l.locktype = 'advisory' THEN 'an advisory lock'
		ELSE 'what another transaction has changed' END, coalesce(b.pid, -1), ` + sessionColumns + `
	FROM pg_stat_activity AS w
		LEFT JOIN LATERAL (SELECT * FROM pg_locks WHERE pid = w.pid AND NOT granted LIMIT 1) AS l ON true
		LEFT JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid) ON true
		LEFT JOIN pg_stat_activity AS h ON h.pid = b.pid
	WHERE (w.pid = $1 OR $1 = 0 AND w.application_name = current_setting('application_name') AND w.usename = current_user)
		AND w.datname = current_database() AND (w.wait_event_type = 'Lock' AND b.pid IS NOT NULL OR w.wait_event = 'SyncRep')
	ORDER BY w.pid, h.xact_start LIMIT 3`

// ReadLockWait tells for what a session waits, for one wait of it; false: for nothing.
func ReadLockWait(ctx context.Context, conn rows, pid uint32) (w Wait, waits bool, err error) {
	return readWait(ctx, conn, readLockWaits, int32(pid))
}

// LockWait is ReadLockWait for the pool's own sessions, and those of other servers under its
// name.
func (p *Pool) LockWait(ctx context.Context) (w Wait, waits bool, err error) {
	return ReadLockWait(ctx, p, 0)
}

// readAdvisory reads who has a session's advisory lock.
const readAdvisory = `SELECT 'the lock of another migration', h.pid, ` + sessionColumns + `
	FROM pg_locks AS l JOIN pg_stat_activity AS h USING (pid)
	WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid::bigint << 32 | l.objid::bigint = $1
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

// ReadAdvisoryLock tells who has the lock of migrations; false: nobody any more.
func ReadAdvisoryLock(ctx context.Context, conn rows, key int64) (w Wait, waits bool, err error) {
	return readWait(ctx, conn, readAdvisory, key)
}

func readWait(ctx context.Context, conn rows, sql string, arg any) (w Wait, waits bool, err error) {
	found, _ := conn.Query(ctx, sql, arg)
	var what string
	var by Session
	_, err = pgx.ForEachRow(found, []any{&what, &by.PID, &by.Application, &by.Role, &by.State, &by.Open, &by.Idle}, func() error {
		if waits && what != w.For {
			return nil // another session's
		}
		w.For, waits = what, true
		if by.PID >= 0 {
			w.By = append(w.By, by)
		}
		return nil
	})
	return w, waits, err
}
