package store_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
	"carrierhook/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// The schema refuses what must never be false, each by a constraint of its own.
func TestConstraints(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', '')`)
	d.AddWaybills(t, "W")
	const cols = `INSERT INTO waybill (biz_id, waybill_id, order_id, status, collected_at, signed_at, cancelled_at, cancel_push) VALUES `
	tests := []struct{ name, row, constraint string }{
		{"the number again", `('B', 'W', 'P', 'booked', NULL, NULL, NULL, NULL)`, "waybill_pkey"},
		{"another merchant's number", `('C', 'W', 'P', 'booked', NULL, NULL, NULL, NULL)`, "waybill_number_is_unique"},
		{"the order again", `('B', 'X', 'O-W', 'booked', NULL, NULL, NULL, NULL)`, "order_has_one_waybill"},
		{"no number", `('B', '', 'P', 'booked', NULL, NULL, NULL, NULL)`, "ids_are_ids"},
		{"a long order", `('B', 'X', repeat('x', 513), 'booked', NULL, NULL, NULL, NULL)`, "ids_are_ids"},
		{"cancelled without a time", `('B', 'X', 'P', 'cancelled', NULL, NULL, NULL, NULL)`, "cancelled_has_time"},
		{"a cancel time without cancel", `('B', 'X', 'P', 'booked', NULL, NULL, now(), NULL)`, "cancelled_has_time"},
		{"signed without a time", `('B', 'X', 'P', 'signed', NULL, NULL, NULL, NULL)`, "signed_has_time"},
		{"a sign time without signing", `('B', 'X', 'P', 'booked', NULL, now(), NULL, NULL)`, "signed_has_time"},
		{"booked and collected", `('B', 'X', 'P', 'booked', now(), NULL, NULL, NULL)`, "booked_is_not_collected"},
		{"a push that cancelled nothing", `('B', 'X', 'P', 'booked', NULL, NULL, NULL, sha256('x'))`, "cancel_push_cancelled"},
		{"a short identity", `('B', 'X', 'P', 'cancelled', NULL, NULL, now(), 'x')`, "cancel_push_cancelled"},
	}
	for _, tt := range tests {
		_, err := d.DB.Exec(t.Context(), cols+tt.row)
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.ConstraintName != tt.constraint {
			t.Errorf("%s: %v, want constraint %s", tt.name, err, tt.constraint)
		}
	}
	d.WantInt(t, 1, `SELECT count(*) FROM waybill`)
}

// A merchant's row has to have a hash: left out, it does not mean that any password
// is taken.
func TestMerchantWithoutHash(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	_, err := d.DB.Exec(t.Context(), `INSERT INTO merchant (biz_id) VALUES ('N')`)
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23502" || pg.ColumnName != "password_hash" {
		t.Errorf("got %v", err)
	}
}

// The same of what bookings and plain pushes need.
func TestBookingConstraints(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 1)
	tests := []struct{ name, sql, constraint string }{
		{"a short identity", `INSERT INTO waybill (biz_id, waybill_id, order_id, book_push) VALUES ('B', 'X', 'P', 'x')`, "book_push_is_sha256"},
		{"a quota below zero", `UPDATE quota SET remaining = remaining - 2`, "quota_not_below_zero"},
		{"a second quota", `INSERT INTO quota VALUES ('P', 1)`, "quota_pkey"},
		{"a quota of nobody", `INSERT INTO quota VALUES ('nobody', 1)`, "quota_biz_id_fkey"},
		{"a second version", `INSERT INTO catalogue (version) VALUES (9)`, "catalogue_pkey"},
		{"another version", `INSERT INTO catalogue VALUES (false, 9)`, "catalogue_one_check"},
		{"an area without its city", `INSERT INTO area VALUES ('广东', '', '海珠区', true, true)`, "parts_from_the_left"},
		{"a route without its province", `INSERT INTO route VALUES ('', '广州', '', 1, 'k', 'v')`, "parts_from_the_left"},
		{"a range of nothing", `UPDATE number_range SET first = last + 1, next = last + 1`, "first_before_last"},
		{"numbers leased beyond the range", `UPDATE number_range SET next = last + 2`, "next_in_range"},
		{"numbers leased before the range", `UPDATE number_range SET next = first - 1`, "next_in_range"},
		{"a signature for two bodies", `INSERT INTO bound_signature SELECT md5('s')::uuid, md5(b)::uuid FROM (VALUES ('x'), ('y')) AS v (b)`, "bound_signature_pkey"},
	}
	for _, tt := range tests {
		_, err := d.DB.Exec(t.Context(), tt.sql)
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.ConstraintName != tt.constraint {
			t.Errorf("%s: %v, want constraint %s", tt.name, err, tt.constraint)
		}
	}
}

// The same of reviews: the state is one that the program knows, and says whether something was
// decided.
func TestReviewConstraints(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	const cols = `INSERT INTO merchant_review (biz_id, shop_app_id, account, state, requested_at, push, decided_at, message, decisions) VALUES `
	for _, s := range waybill.ReviewStates() {
		d.Exec(t, cols+`('B', $1, 'gh', $1, now(), sha256(''), CASE WHEN $1 <> 'pending' THEN now() END, CASE WHEN $1 = 'failed' THEN 'no' ELSE '' END, 1)`, string(s))
	}
	for _, tt := range []struct{ name, row, constraint string }{
		{"the same again", `('B', 'passed', 'gh', 'pending', now(), sha256(''), NULL, '', 0)`, "merchant_review_pkey"},
		{"another state", `('B', 'x', 'gh', 'new', now(), sha256(''), now(), '', 1)`, "state_is_known"},
		{"a short identity", `('B', 'x', 'gh', 'pending', now(), 'x', NULL, '', 0)`, "push_is_sha256"},
		{"decided without a time", `('B', 'x', 'gh', 'passed', now(), sha256(''), NULL, '', 1)`, "decided_has_time"},
		{"pending with one", `('B', 'x', 'gh', 'pending', now(), sha256(''), now(), '', 1)`, "decided_has_time"},
		{"decided, and never", `('B', 'x', 'gh', 'failed', now(), sha256(''), now(), 'no', 0)`, "decided_has_time"},
		{"passed with a message", `('B', 'x', 'gh', 'passed', now(), sha256(''), now(), 'no', 1)`, "failed_has_message"},
	} {
		_, err := d.DB.Exec(t.Context(), cols+tt.row)
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.ConstraintName != tt.constraint {
			t.Errorf("%s: %v, want constraint %s", tt.name, err, tt.constraint)
		}
	}
	d.WantInt(t, 3, `SELECT count(*) FROM merchant_review`)
}

func TestStatusesAreTheEnum(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	rows, _ := d.DB.Query(t.Context(), `SELECT unnest(enum_range(NULL::waybill_status))::text`)
	labels, err := pgx.CollectRows(rows, pgx.RowTo[string])
	storetest.Must(t, err)
	var want []string
	for _, s := range waybill.Statuses() {
		want = append(want, string(s))
	}
	if !slices.Equal(labels, want) {
		t.Errorf("the enum is %v, the program's statuses are %v", labels, want)
	}
}

// The schema takes the statuses of instant delivery that the program knows, and no
// others, and an attempt of the last number that an order may have.
func TestDeliverySchema(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	put := func(status, attempt int) error {
		_, err := d.DB.Exec(t.Context(), `WITH s AS (INSERT INTO delivery_step VALUES ('S', 'O', $2, $1, $1, now(), '', now(), ''))
			INSERT INTO delivery_attempt VALUES ('S', 'O' || $1, $2, $1::text || '-' || $2, sha256(''), '', now(), now(), false, $1, now(), '', 1, 1, 0, 0, 0, 0, 9999, 0)`,
			status, attempt)
		return err
	}
	var taken []delivery.Status
	for status := range 1000 {
		if put(status, 1) == nil {
			taken = append(taken, delivery.Status(status))
		}
	}
	if !slices.Equal(taken, delivery.Statuses()) {
		t.Errorf("the schema takes %v", taken)
	}
	for attempt, want := range map[int]bool{0: false, delivery.MaxAttempts: true, delivery.MaxAttempts + 1: false} {
		if err := put(101, attempt); (err == nil) != want {
			t.Errorf("attempt %d: %v", attempt, err)
		}
	}
	for _, set := range []string{
		"expired = true WHERE status = 102", "finish_code = 999", "pickup_code = 10000", "tip_push = 'x'", "coupon_fen = 2", "deducted_fen = -1",
		"cancel_reason = -1", "cancel_reason = 7",
		"waybill_id = ''", "waybill_id = '101-1' WHERE status = 102", "push = NULL",
	} {
		if _, err := d.DB.Exec(t.Context(), "UPDATE delivery_attempt SET "+set); err == nil {
			t.Errorf("the schema takes %s", set)
		}
	}
	d.Exec(t, `UPDATE delivery_attempt SET expired = true, finish_code = 1000, cancel_reason = 6 WHERE status = 101`)
}

// schemaOf lists everything that the migrations make.
func schemaOf(t *testing.T, url string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	storetest.Must(t, err)
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), `
		SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
			|| ' ' || coalesce(collation_name, '') FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
			FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
		UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
		ORDER BY 1`)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	storetest.Must(t, err)
	return all
}

// Up, down and up again gives the same schema, and down leaves nothing.
func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	empty := schemaOf(t, url)
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	first := schemaOf(t, url)
	db, err := sql.Open("pgx", url)
	storetest.Must(t, err)
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	storetest.Must(t, err)
	if _, err := p.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	down := slices.DeleteFunc(schemaOf(t, url), func(s string) bool { return contains(s, "goose_db_version") })
	if !slices.Equal(down, empty) {
		t.Errorf("down leaves\n%s", strings.Join(down, "\n"))
	}
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	if again := schemaOf(t, url); !slices.Equal(first, again) {
		t.Error("up again gives another schema")
	}
	if len(first) < 100 {
		t.Errorf("the schema has only %d parts: is it compared at all?", len(first))
	}
}

// Several that migrate at once wait for each other, and once more changes
// nothing.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := store.Migrate(context.Background(), url, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	before := schemaOf(t, url)
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	if !slices.Equal(before, schemaOf(t, url)) {
		t.Error("a second time changed the schema")
	}
}

// A schema that is behind is refused, one that is ahead is served.
func TestCheckSchema(t *testing.T) {
	t.Parallel()
	empty, err := store.Open(t.Context(), options(storetest.EmptyURL(t)))
	storetest.Must(t, err)
	defer empty.Close()
	if err := empty.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaBehind) {
		t.Errorf("no schema: %v", err)
	}
	d := newStore(t)
	if err := d.CheckSchema(t.Context()); err != nil {
		t.Errorf("the schema as it should be: %v", err)
	}
	d.Exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	if err := d.CheckSchema(t.Context()); err != nil {
		t.Errorf("a schema that is ahead: %v", err)
	}
	d.Exec(t, `DELETE FROM goose_db_version WHERE version_id > 0`)
	if err := d.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaBehind) {
		t.Errorf("a schema that is behind: %v", err)
	}
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

// A schema from before the migrations were squashed has a higher version than the one
// file, and is neither migrated nor served.
func TestSchemaTooOld(t *testing.T) {
	t.Parallel()
	for name, former := range map[string]string{
		"nine files": `INSERT INTO goose_db_version (version_id, is_applied) SELECT v, true FROM generate_series(2, 9) AS v;
			ALTER TABLE wechat_token DROP COLUMN expires_at`,
		"one file": `ALTER TABLE wechat_token DROP COLUMN expires_at`,
	} {
		d := newStore(t)
		d.Exec(t, former)
		for what, err := range map[string]error{"migrate": store.Migrate(t.Context(), d.URL, nil), "serve": d.CheckSchema(t.Context())} {
			if !errors.Is(err, store.ErrSchemaTooOld) {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
	}
}
