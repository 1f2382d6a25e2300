package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// unindexedMonths are those that growUnindexed makes.
const unindexedMonths = 3

// indexes are those of the ledger besides its key.
var indexes = map[string]string{
	"push_by_time":     "(at, id)",
	"push_by_delivery": "(biz_id, order_id, at, id) WHERE (event ~~ 'transport%'::text)",
}

// growUnindexed makes the ledger what 00005 finds: three more months with rows,
// and only the word that there is to be an index.
func (d desk) growUnindexed(t *testing.T, rows int) {
	t.Helper()
	d.growWithout(t, rows, "push_by_time")
}

// growWithout does so for any of the indexes. Every other row is about an order of
// instant delivery.
func (d desk) growWithout(t *testing.T, rows int, without ...string) {
	t.Helper()
	for _, index := range without {
		d.exec(t, "DROP INDEX "+index)
	}
	for n := 1; n <= unindexedMonths; n++ {
		m := monthStart(-n)
		d.exec(t, fmt.Sprintf("CREATE TABLE %s PARTITION OF push FOR VALUES FROM ('%s') TO ('%s')",
			store.MonthOf(m), m.Format(time.RFC3339), monthStart(1-n).Format(time.RFC3339)))
		d.exec(t, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
			SELECT 'B', 'W' || i, $1::timestamptz + make_interval(secs => i), i, 'O' || i % 7,
				CASE WHEN i % 2 = 0 THEN 'transport_add_order' ELSE 'cancel_waybill' END, '', '', sha256('x'), '', false, 1
			FROM generate_series(1, $2) AS i`, m, rows)
	}
	for _, index := range without {
		d.exec(t, "CREATE INDEX "+index+" ON ONLY push "+indexes[index])
		if d.wholeOf(t, index) {
			t.Fatal(index + " is whole from the start")
		}
	}
}

// monthStart is the first instant of a month, so many after this one.
func monthStart(n int) time.Time {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// whole tells whether the index by time is, in Postgres' own opinion, and has a good
// part in each partition.
func (d desk) whole(t *testing.T) bool {
	t.Helper()
	return d.wholeOf(t, "push_by_time")
}

// wholeOf tells so of any of the indexes.
func (d desk) wholeOf(t *testing.T, index string) bool {
	t.Helper()
	valid := d.number(t, `SELECT count(*) FROM pg_index WHERE indexrelid = $1::text::regclass AND indisvalid`, index) == 1
	parts := d.number(t, `SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid AND x.indisvalid
		WHERE i.inhparent = $1::text::regclass AND right(pg_get_indexdef(x.indexrelid), length($2)) = $2`, index, " USING btree "+indexes[index])
	if valid && parts != d.partitions(t) {
		t.Errorf("%s is whole with %d parts of %d", index, parts, d.partitions(t))
	}
	return valid
}

func (d desk) kept(t *testing.T, indexed int) {
	t.Helper()
	u, err := d.KeepLedger(context.Background(), 0)
	if err != nil || u.MonthsLeft != 24 || u.Indexed != indexed {
		t.Errorf("%+v, %v, want %d parts built", u, err, indexed)
	}
}

// Months full of rows are indexed while pushes go on, by whichever of two servers
// comes first; once.
func TestTimeIndexBesidePushes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := openDesk(t, options(d.url))
	d.growUnindexed(t, 20_000)
	ctx, stop := context.WithCancel(t.Context())
	var pushes, servers sync.WaitGroup
	for w := range 2 {
		pushes.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				d.want(t, ask(w*10000+i, "none"), waybill.UnknownWaybill, false)
			}
		})
	}
	built := make([]int, 6)
	for i := range built {
		servers.Go(func() {
			u, err := []desk{d, other}[i%2].KeepLedger(context.Background(), 0)
			if err != nil || u.MonthsLeft != 24 {
				t.Errorf("%+v, %v", u, err)
			}
			built[i] = u.Indexed
		})
	}
	servers.Wait()
	stop()
	pushes.Wait()
	all := 0
	for _, n := range built {
		all += n
	}
	if !d.whole(t) || all != d.partitions(t) {
		t.Errorf("built %v for %d partitions, whole: %t", built, d.partitions(t), d.whole(t))
	}
	if n := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
	d.kept(t, 0)
	if invalid := d.number(t, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`); invalid != 0 {
		t.Errorf("%d indexes are left over", invalid)
	}
}

// meanwhile is a connection on which something else happens before the second
// question, when the answer to the first is known.
type meanwhile struct {
	*pgx.Conn
	asked int
	do    func()
}

func (m *meanwhile) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if m.asked++; m.asked == 2 {
		m.do()
	}
	return m.Conn.Query(ctx, sql, args...)
}

// Of two migrations at once the second finds done what it has seen to be missing, and
// is content with it.
func TestIndexesWhereEmptyInStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 0)
	conn, err := pgx.Connect(t.Context(), d.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	other := &meanwhile{Conn: conn, do: func() {
		if err := store.Migrate(t.Context(), d.url); err != nil {
			t.Errorf("the first: %v", err)
		}
		if !d.whole(t) {
			t.Error("the first has not built it")
		}
	}}
	if err := store.BuildWhereEmpty(t.Context(), other, conn.Config()); err != nil || other.asked != 2 {
		t.Errorf("the second, after %d questions: %v", other.asked, err)
	}
	if !d.whole(t) {
		t.Error("the index is not whole")
	}
	d.kept(t, 0)
}

// oldReader is somebody who began before a build and keeps it waiting.
func (d desk) oldReader(t *testing.T) (end func()) {
	t.Helper()
	tx, err := d.db.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(end)
	if _, err := tx.Exec(t.Context(), `SELECT FROM merchant`); err != nil {
		t.Fatal(err)
	}
	return end
}

const buildWaits = `SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = 'waiting for old snapshots'`

// upkeeping is a round of upkeep in the background.
func (d desk) upkeeping(t *testing.T, ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := d.KeepLedger(ctx, 0)
		done <- err
	}()
	d.waitFor(t, buildWaits)
	return done
}

// A build that is cut, by the database or by a server that stops, leaves a part
// that is good for nothing. It is built again.
func TestTimeIndexCut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 100)
	const leftOver = `SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indexrelid <> 'push_by_time'::regclass`
	end := d.oldReader(t)
	done := d.upkeeping(t, context.Background())
	d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()`)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "push_by_time") {
		t.Errorf("a connection that was cut: %v", err)
	}
	if n := d.number(t, leftOver); n != 1 {
		t.Fatalf("%d indexes are left over", n)
	}
	end()

	end = d.oldReader(t)
	ctx, stop := context.WithCancel(t.Context())
	done = d.upkeeping(t, ctx)
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a server that stops: %v", err)
	}
	end()
	d.waitFor(t, `SELECT 1 - count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()`)
	d.kept(t, unindexedMonths) // the others were empty, and done at once
	if !d.whole(t) || d.number(t, leftOver) != 0 {
		t.Errorf("whole: %t, %d left over", d.whole(t), d.number(t, leftOver))
	}
}

// What the connection of a killed server still builds is let finish, and taken in
// the next time.
func TestTimeIndexOfTheDead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 0)
	month := store.MonthOf(monthStart(-1))
	end := d.oldReader(t)
	orphan := make(chan error, 1)
	go func() {
		_, err := d.db.Exec(context.Background(), fmt.Sprintf("CREATE INDEX CONCURRENTLY %s_at_id_idx ON %[1]s (at, id)", month))
		orphan <- err
	}()
	d.waitFor(t, buildWaits)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if u, err := d.KeepLedger(ctx, 0); err != nil || u.Indexed != d.partitions(t)-1 {
		t.Errorf("beside it: %+v, %v", u, err)
	}
	end()
	if err := <-orphan; err != nil {
		t.Errorf("the build was disturbed: %v", err)
	}
	d.kept(t, 1)
	if !d.whole(t) {
		t.Error("the index is not whole")
	}
}

// Tables of another database may have the same numbers: what is built there is
// nobody's business here.
func TestTimeIndexOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	d, other := newDesk(t), newDesk(t)
	d.growUnindexed(t, 0)
	other.growUnindexed(t, 0)
	month := store.MonthOf(time.Now())
	if number := `SELECT $1::text::regclass::oid::bigint`; d.number(t, number, month) != other.number(t, number, month) {
		t.Fatal("the tables have different numbers: nothing is tested")
	}
	end := other.oldReader(t)
	theirs := make(chan error, 1)
	go func() {
		_, err := other.db.Exec(context.Background(), fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (at, id)", month))
		theirs <- err
	}()
	other.waitFor(t, buildWaits)
	d.kept(t, d.partitions(t))
	end()
	if err := <-theirs; err != nil {
		t.Error(err)
	}
}

// Nobody who reads for hours holds up the rest of the upkeep: the build gives up,
// and is done another time.
func TestTimeIndexGivesUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o store.Options) store.Options { return store.WithPatience(o, 100*time.Millisecond) })
	d.growUnindexed(t, 1)
	end := d.oldReader(t)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	u, err := d.KeepLedger(ctx, 0)
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" || u.Indexed != d.partitions(t)-unindexedMonths {
		t.Errorf("%+v, %v", u, err)
	}
	if n := d.number(t, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`); n != 2 { // with that of the whole
		t.Errorf("%d indexes were begun, and the first has failed", n-1)
	}
	end()
	d.kept(t, unindexedMonths)
	if !d.whole(t) {
		t.Error("the index is not whole")
	}
}

// A build that waits for somebody who reads at length keeps nobody else waiting: no
// push, and no other server's upkeep.
func TestTimeIndexWaitsAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := openDesk(t, options(d.url))
	d.growUnindexed(t, 100)
	d.book(t, "W")
	d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(24)))
	end := d.oldReader(t)
	done := d.upkeeping(t, context.Background())
	d.want(t, ask(1, "W"), waybill.Accepted, false)
	d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(24))) // the first server has made it again
	other.kept(t, 0)
	select {
	case err := <-done:
		t.Fatalf("the build did not wait: %v", err)
	default:
	}
	if page, _, err := d.Asked(t.Context(), ledger.Filter{Limit: 1}); err != nil || len(page) != 1 {
		t.Errorf("who asks meanwhile: %v, %v", page, err)
	}
	end()
	if err := <-done; err != nil || !d.whole(t) {
		t.Errorf("%v, whole: %t", err, d.whole(t))
	}
}

// writing is a push that has written one row and is not done with the next.
func (d desk) writing(t *testing.T) (release func()) {
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go d.db.Exec(ctx, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
		SELECT 'B', 'W', now(), i, '', '', '', '', sha256('x'), '', false, 1 FROM generate_series(1, 2) AS i WHERE i = 1 OR pg_sleep(600) IS NULL`)
	d.waitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`)
	return stop
}

// A part becomes part of the whole between pushes: one that goes on and on is not
// waited for in a way that keeps the next from beginning.
func TestTimeIndexAttachesPolitely(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 1)
	d.book(t, "W")
	month := store.MonthOf(time.Now())
	d.exec(t, fmt.Sprintf("CREATE INDEX %s_at_id_idx ON %[1]s (at, id)", month))
	release := d.writing(t)
	done := make(chan error, 1)
	go func() {
		_, err := d.KeepLedger(context.Background(), 0)
		done <- err
	}()
	d.waitFor(t, fmt.Sprintf(`SELECT count(*) FROM pg_locks WHERE relation = '%s_at_id_idx'::regclass AND NOT granted`, month))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if got, err := d.Cancel(ctx, ask(1, "W")); err != nil || got.Reason != waybill.Accepted {
		t.Errorf("a push meanwhile: %+v, %v", got, err)
	}
	release()
	err := <-done
	if gaveUp(err) { // as it does after some seconds
		_, err = d.KeepLedger(t.Context(), 0)
	}
	if err != nil || !d.whole(t) {
		t.Errorf("%v, whole: %t", err, d.whole(t))
	}
}

// A build may take longer than any statement is given.
func TestTimeIndexTakesItsTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 1)
	if err := d.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	// For connections from now on, as those are that build.
	d.exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 500', current_database()); END $$`)
	end := d.oldReader(t)
	done := d.upkeeping(t, context.Background())
	d.waitFor(t, `SELECT count(*) FROM pg_stat_activity JOIN pg_stat_progress_create_index USING (pid, datname)
		WHERE datname = current_database() AND clock_timestamp() - query_start > '1 second'`)
	end()
	if err := <-done; err != nil || !d.whole(t) {
		t.Errorf("%v, whole: %t", err, d.whole(t))
	}
}

// Neither fault hides the other, and what can be done is done: months are dropped
// where the index cannot be built, and built where they cannot be dropped.
func TestTimeIndexFaults(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 1)
	// Without it the clock would be in doubt.
	d.exec(t, ledgerRow, time.Now())
	d.exec(t, fmt.Sprintf("CREATE TABLE %s_at_id_idx ()", store.MonthOf(monthStart(1)))) // has the name
	d.exec(t, "CREATE VIEW kept AS SELECT * FROM "+store.MonthOf(monthStart(-3)))
	parts := d.partitions(t)
	u, err := d.KeepLedger(t.Context(), time.Since(monthStart(0)))
	if err == nil || !strings.Contains(err.Error(), "2BP01") || !strings.Contains(err.Error(), "42P07") {
		t.Errorf("got %v", err)
	}
	if u.MonthsLeft != 24 || u.Dropped != 0 || u.Indexed != parts-1 {
		t.Errorf("%+v of %d", u, parts)
	}
	d.exec(t, "DROP VIEW kept")
	u, err = d.KeepLedger(t.Context(), time.Since(monthStart(0)))
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42P07" || u.Dropped != 3 {
		t.Errorf("%+v, %v", u, err)
	}
}

// Months are given their part when they are made, also before the index is whole,
// and by the program that knew nothing of it.
func TestTimeIndexOfNewMonths(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 1)
	d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(24)))
	next := monthStart(25)
	for _, former := range []string{
		"CREATE TABLE %s (LIKE push INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
		"ALTER TABLE push ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')",
	} {
		args := []any{store.MonthOf(next), next.Format(time.RFC3339), next.AddDate(0, 1, 0).Format(time.RFC3339)}
		d.exec(t, fmt.Sprintf(former, args[:strings.Count(former, "%s")]...))
	}
	u, err := d.KeepLedger(t.Context(), 0)
	if err != nil || u.Indexed != d.partitions(t)-2 || !d.whole(t) {
		t.Errorf("%+v of %d, %v, whole: %t", u, d.partitions(t), err, d.whole(t))
	}
	d.exec(t, "DROP TABLE "+store.MonthOf(monthStart(24)))
	d.kept(t, 0)
	if !d.whole(t) {
		t.Error("a new month makes the index less than whole")
	}
}

// Where the last month without a part is dropped the index is whole, and is told
// so.
func TestTimeIndexLastDropped(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.growUnindexed(t, 1)
	last := store.MonthOf(monthStart(-3))
	d.exec(t, fmt.Sprintf("CREATE TABLE %s_at_id_idx ()", last))
	if _, err := d.KeepLedger(t.Context(), 0); err == nil || d.whole(t) {
		t.Fatalf("%v, whole: %t", err, d.whole(t))
	}
	d.exec(t, "DROP TABLE "+last)
	d.kept(t, 0)
	if !d.whole(t) {
		t.Error("the index does not know that it is whole")
	}
}

// Who migrates waits for nobody who reads at length: months with rows are left to
// upkeep. Beside a later program that has done away with the index, nobody minds.
func TestTimeIndexMigrated(t *testing.T) {
	t.Parallel()
	url, db, _ := schemaAt(t, 4)
	d := desk{db: db, url: url}
	d.exec(t, `CREATE TABLE push_2026_01 PARTITION OF push FOR VALUES FROM ('2026-01-01+00') TO ('2026-02-01+00')`)
	d.exec(t, ledgerRow, time.Date(2026, 1, 7, 0, 0, 0, 0, time.UTC))
	d.exec(t, ledgerRow, time.Date(2025, 1, 7, 0, 0, 0, 0, time.UTC))
	reader, err := db.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback(context.Background())
	if _, err := reader.Exec(t.Context(), `SELECT FROM goose_db_version`); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if err := store.Migrate(ctx, url); err != nil || d.whole(t) || d.wholeOf(t, "push_by_delivery") {
		t.Fatalf("%v, whole: %t, %t", err, d.whole(t), d.wholeOf(t, "push_by_delivery"))
	}
	if err := reader.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	d = openDesk(t, options(url))
	d.kept(t, 4) // of both this month's and the default's; the others were empty, and done at once
	if !d.whole(t) || !d.wholeOf(t, "push_by_delivery") {
		t.Error("upkeep leaves an index in parts")
	}
	names := texts(t, db, `SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'push_2026_01'::regclass ORDER BY 1`)
	if want := []string{"push_2026_01_at_id_idx", "push_2026_01_biz_id_order_id_at_id_idx", "push_2026_01_pkey"}; !slices.Equal(names, want) {
		t.Errorf("indexes are %v, want %v", names, want)
	}
	d.exec(t, `DROP INDEX push_by_time`)
	d = openDesk(t, options(url))
	d.kept(t, 0)
	d.exec(t, `DROP INDEX push_by_delivery`)
	d.kept(t, 0)
}
