package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// smallDatabase has 20 waybills, of which the first three have come to the stages
// that the replies said.
func smallDatabase(t *testing.T) *database {
	t.Helper()
	w := &database{count: 20}
	var err error
	w.conn, err = pgx.Connect(t.Context(), storetest.URL(t))
	must(t, err)
	t.Cleanup(func() { w.conn.Close(context.Background()) })
	must(t, w.exec(t.Context(), fmt.Sprintf("INSERT INTO merchant (biz_id, password_hash) SELECT (%d + n)::text, '' FROM generate_series(0, %d) AS n", firstBiz, merchants-1)))
	must(t, w.loadWaybills(t.Context()))
	began := beginning(time.Now())
	var said tally
	for n, way := range [][]int{{0}, {0, 1, 2, 3}, {2, 1}} {
		for _, stage := range way {
			said.scans = append(said.scans, scanReply{scan{n, stage}, true})
			insertScan(t, w, scan{n, stage}, began)
		}
	}
	w.noteScans(began, said)
	move(t, w, 0, "collected", began, nil)
	signed := scan{1, 3}.at(began)
	move(t, w, 1, "signed", began, &signed)
	move(t, w, 2, "out_for_delivery", scan{2, 1}.at(began), nil)
	return w
}

func insertScan(t *testing.T, w *database, s scan, began time.Time) {
	t.Helper()
	_, err := w.conn.Exec(t.Context(), `INSERT INTO scan (biz_id, waybill_id, first_scan_at, key, action, at, message, recorded_at, recorded_by)
		VALUES ($1, $2, date_trunc('hour', now()), $3, $4, $5, $6, now(), 'bench')`,
		fmt.Sprint(firstBiz+s.waybill%merchants), fmt.Sprint(firstWaybill+s.waybill), s.key(),
		stages[s.stage].action, s.at(began), stages[s.stage].message)
	must(t, err)
}

func move(t *testing.T, w *database, n int, state string, collected time.Time, signed *time.Time) {
	t.Helper()
	_, err := w.conn.Exec(t.Context(), `UPDATE waybill SET status = $2::text::waybill_status, collected_at = $3, signed_at = $4,
		first_scan_at = date_trunc('hour', now()) WHERE waybill_id = $1`, fmt.Sprint(firstWaybill+n), state, collected, signed)
	must(t, err)
}

// Every scan that was answered recorded has to be there, and every waybill where
// its scans say.
func TestScansMatchTheDatabase(t *testing.T) {
	t.Parallel()
	w := smallDatabase(t)
	const lost, strange, wrong, stray = "answered recorded", "nobody sent", "another state", "without a scan"
	for spoil, want := range map[string]string{
		"": "",
		"DELETE FROM scan WHERE key = 'scan-100000000001-200001'":                                         lost,
		"UPDATE scan SET message = 'x' WHERE key = 'scan-100000000001-200001'":                            lost,
		"UPDATE scan SET action = 200001 WHERE key = 'scan-100000000000-100001'":                          lost,
		"UPDATE scan SET at = at + interval '1 second' WHERE key = 'scan-100000000000-100001'":            lost,
		"UPDATE scan SET key = 'x' WHERE key = 'scan-100000000001-200001'":                                lost + " " + strange,
		"UPDATE waybill SET status = 'in_transit' WHERE waybill_id = '100000000000'":                      wrong,
		"UPDATE waybill SET collected_at = now() WHERE waybill_id = '100000000000'":                       wrong,
		"UPDATE waybill SET signed_at = now() WHERE waybill_id = '100000000001'":                          wrong,
		"UPDATE waybill SET first_scan_at = NULL WHERE waybill_id = '100000000001'":                       wrong,
		"DELETE FROM waybill WHERE waybill_id = '100000000001'":                                           wrong,
		"UPDATE waybill SET status = 'collected', collected_at = now() WHERE waybill_id = '100000000019'": stray,
		"UPDATE waybill SET first_scan_at = now() WHERE waybill_id = '100000000019'":                      stray,
	} {
		must(t, w.exec(t.Context(), "BEGIN", spoil))
		err := w.verifyScans(t.Context())
		must(t, w.exec(t.Context(), "ROLLBACK"))
		if (err == nil) != (want == "") {
			t.Errorf("%q: %v", spoil, err)
			continue
		}
		for _, what := range []string{lost, strange, wrong, stray} {
			if err != nil && strings.Contains(err.Error(), what) != strings.Contains(want, what) {
				t.Errorf("%q: %v", spoil, err)
			}
		}
	}
}

// A scan whose reply was another may be on record, and may have moved its waybill.
func TestDoubtfulScansMayBeOnRecord(t *testing.T) {
	t.Parallel()
	w := smallDatabase(t)
	began := w.scanned[0].when
	w.noteScans(began, tally{scans: []scanReply{{scan{5, 0}, false}, {scan{6, 0}, false}, {scan{0, 1}, false}}})
	must(t, w.verifyScans(t.Context()))
	insertScan(t, w, scan{5, 0}, began)
	move(t, w, 5, "collected", began, nil)
	must(t, w.verifyScans(t.Context()))
}

func TestUnscanned(t *testing.T) {
	t.Parallel()
	w := smallDatabase(t)
	must(t, w.unscanned(t.Context()))
	var moved, scans int
	must(t, w.conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM waybill WHERE status <> 'booked' OR first_scan_at IS NOT NULL
		OR collected_at IS NOT NULL OR signed_at IS NOT NULL), (SELECT count(*) FROM scan)`).Scan(&moved, &scans))
	if moved != 0 || scans != 0 || len(w.scanned) != 0 {
		t.Errorf("%d waybills, %d scans and %d replies are left", moved, scans, len(w.scanned))
	}
	must(t, w.verifyScans(t.Context()))
	w = smallDatabase(t)
	must(t, w.exec(t.Context(), "TRUNCATE scan"))
	if err := w.unscanned(t.Context()); err == nil {
		t.Error("lost scans are put back without a word")
	}
}
