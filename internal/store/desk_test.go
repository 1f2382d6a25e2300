package store_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant/instanttest"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

var policy = waybill.Policy{Window: 720 * time.Hour, SignedGrace: 72 * time.Hour, NoCancel: []string{"same_day"}}

// codes stands in for the wire's table.
func codes(event, reason string) int {
	why := waybill.Reason(reason)
	if strings.HasPrefix(event, "transport_") {
		if why == waybill.Accepted {
			return 0
		}
		return 1000 + slices.Index(delivery.Reasons(), delivery.Reason(reason))
	}
	if event == "cancel_waybill" {
		return map[waybill.Reason]int{
			waybill.Accepted: 0, waybill.AlreadyCancelled: 30003, waybill.SignedLongAgo: 30003, waybill.SignedRecently: 30002, waybill.NotBooked: 30002,
			waybill.Charged: 30002, waybill.WindowPassed: 30003, waybill.MerchantContract: 30004, waybill.ServiceContract: 30004,
			waybill.BadIDs: 30001, waybill.UnknownMerchant: 30001, waybill.WrongPassword: 30001, waybill.UnknownWaybill: 30001,
			waybill.IDsMismatch: 30001, waybill.ShopMismatch: 30001,
		}[why]
	}
	code, ok := map[waybill.Reason]int{
		waybill.Accepted: 0, waybill.BadIDs: 10001, waybill.UnknownMerchant: 10001, waybill.WrongPassword: 10002,
		waybill.NumberOutOfRange: 20001, waybill.NumberTaken: 20001,
		waybill.SenderIncomplete: 20002, waybill.SenderNotServed: 20003,
		waybill.ReceiverIncomplete: 20004, waybill.ReceiverNotServed: 20005, waybill.BadCargo: 20006,
		waybill.QuotaUsedUp: 20007, waybill.BadInsurance: 20008, waybill.UnknownService: 20009, waybill.ServiceNotCovered: 20009,
	}[why]
	if !ok {
		return -1
	}
	return code
}

func options(url string) store.Options {
	return store.Options{
		URL: url, MaxConns: 10, LockTimeout: patience, StatementTimeout: patience, ConnectTimeout: patience,
		BatchWorkers: 2, BatchSize: 256, Lease: 100, Policy: policy, Delivery: &instanttest.Policy, ResultCode: codes,
	}
}

// desk is a store on a database of its own with one merchant, B, whose password
// is pw, and a look behind the store's back.
type desk struct {
	*store.Store
	*expressStore
	db  *pgxpool.Pool
	url string
}

// expressStore is embedded under another name than store.Store.
type expressStore = express.Store

// Isolated is how many merchants' and shops' requests are isolated.
func (d desk) Isolated() int { return d.Express.Isolated() + d.Instant.Isolated() }

func newDesk(tb testing.TB, change ...func(store.Options) store.Options) desk {
	tb.Helper()
	url := storetest.URL(tb)
	o := options(url)
	for _, c := range change {
		o = c(o)
	}
	return openDesk(tb, o)
}

func openDesk(tb testing.TB, o store.Options) desk {
	tb.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	s.HookBatches()
	tb.Cleanup(s.Close)
	db, err := pgxpool.New(context.Background(), o.URL)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(db.Close)
	d := desk{s, s.Express, db, o.URL}
	// Not through the store: its network may be a test's own.
	hash, err := hashOfPw()
	if err != nil {
		tb.Fatal(err)
	}
	d.exec(tb, `INSERT INTO merchant (biz_id, password_hash) VALUES ('B', $1) ON CONFLICT DO NOTHING`, hash)
	return d
}

// hashOfPw makes the hash once: it is slow.
var hashOfPw = sync.OnceValues(func() (string, error) { return express.HashFor("", "pw") })

func (d desk) exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	if _, err := d.db.Exec(context.Background(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func (d desk) number(tb testing.TB, sql string, args ...any) int {
	tb.Helper()
	var n int
	if err := d.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return n
}

// book puts booked waybills of merchant B there: order O-W1 for waybill W1.
func (d desk) book(tb testing.TB, ids ...string) {
	tb.Helper()
	for _, id := range ids {
		d.exec(tb, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', $1, $2)`, id, "O-"+id)
	}
}

// ask makes push n's request to cancel waybill id of merchant B.
func ask(n int, id string) waybill.CancelRequest {
	p := ledger.Push{
		ID: ledger.PushID{byte(n >> 8), byte(n), 1}, Event: "cancel_waybill", Format: "xml", Mode: "secure", Received: time.Now(),
	}
	return waybill.NewCancelRequest(p, "B", "pw", "", "O-"+id, id)
}

// cancel expects an answer.
func (d desk) cancel(tb testing.TB, r waybill.CancelRequest) waybill.CancelDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Cancel(ctx, r)
	if err != nil {
		tb.Errorf("cancel %s: %v", r.WaybillID, err)
	}
	return got
}

func (d desk) want(tb testing.TB, r waybill.CancelRequest, reason waybill.Reason, repeat bool) {
	tb.Helper()
	if got, want := d.cancel(tb, r), (waybill.CancelDecision{Reason: reason, Repeat: repeat}); got != want {
		tb.Errorf("waybill %s: got %+v, want %+v", r.WaybillID, got, want)
	}
}

func (d desk) status(tb testing.TB, id string) string {
	tb.Helper()
	var s string
	if err := d.db.QueryRow(context.Background(), `SELECT status::text FROM waybill WHERE waybill_id = $1`, id).Scan(&s); err != nil {
		tb.Fatal(err)
	}
	return s
}

// ledger is the ledger's rows in words, oldest first.
func (d desk) ledger(tb testing.TB) []string {
	tb.Helper()
	rows, err := d.db.Query(context.Background(), `SELECT biz_id, waybill_id, order_id, event, format, mode,
		coalesce(result_code::text, 'null'), reason, repeat FROM push ORDER BY at, id`)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s [8]string
		var repeat bool
		if err := rows.Scan(&s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6], &s[7], &repeat); err != nil {
			tb.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s/%s/%s %s %s %s -> %s %s repeat=%t", s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], repeat))
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}
