package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/waybill"
)

// wireScan is a scan as it is sent.
type wireScan struct {
	WaybillID      string `json:"waybill_id"`
	ActionType     int    `json:"action_type"`
	ActionTime     int64  `json:"action_time"`
	ActionMsg      string `json:"action_msg"`
	IdempotencyKey string `json:"idempotency_key"`
}

// readBatch reads a request as a server does, and holds it against the rules.
func readBatch(t *testing.T, request []byte) []waybill.Scan {
	t.Helper()
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	must(t, err)
	body, err := io.ReadAll(req.Body)
	must(t, err)
	if req.Method != http.MethodPost || req.URL.Path != "/v1/scans" || req.Header.Get("Content-Type") != "application/json" ||
		req.Header.Get("Authorization") != "Bearer "+scanToken || req.Host != "127.0.0.1" {
		t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
	var wire []wireScan
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	must(t, in.Decode(&wire))
	var scans []waybill.Scan
	for _, s := range wire {
		scan, err := waybill.NewScan(waybill.Scan{
			WaybillID: s.WaybillID, Action: waybill.Action(s.ActionType), At: time.Unix(s.ActionTime, 0),
			Message: s.ActionMsg, Key: s.IdempotencyKey,
		})
		must(t, err)
		scans = append(scans, scan)
	}
	return scans
}

// Each waybill goes its way, one stage after the other, and no scan comes twice.
func TestPreparedScansAreGood(t *testing.T) {
	t.Parallel()
	const n = waveSize*4 + waveSize + 30 // a whole wave, and one that ends on its way
	now := time.Now()
	count := walkers(n)
	b := prepareScans(0, n, count)
	if count != 2*waveScans || b.len() != n {
		t.Fatalf("%d batches of %d waybills", b.len(), count)
	}
	came, keys := map[string]int{}, map[string]bool{}
	for i := range n {
		scans := readBatch(t, b.request(i))
		if len(scans) != batchSize {
			t.Fatalf("%d scans in batch %d", len(scans), i)
		}
		for _, s := range scans {
			at := stages[came[s.WaybillID]]
			if int(s.Action) != at.action || string(s.Action.Status()) != at.state || s.Message != at.message || keys[s.WaybillID+s.Key] || s.At.After(now) {
				t.Fatalf("batch %d: %+v after %d scans", i, s, came[s.WaybillID])
			}
			came[s.WaybillID]++
			keys[s.WaybillID+s.Key] = true
		}
	}
	var through [5]int
	for _, scans := range came {
		through[scans]++
	}
	if want := [5]int{0, waveScans - 30*batchSize, 30 * batchSize, 0, waveScans}; through != want {
		t.Errorf("waybills by scans: %v, want %v", through, want)
	}
}

func TestWalkers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 100, 99: 9900, 100: 10_000, 101: 10_000, 400: 10_000, 401: 10_100, 800: 20_000} {
		if got := walkers(n); got != want {
			t.Errorf("%d batches are about %d waybills, want %d", n, got, want)
		}
	}
}

func TestScanRepliesAreJudged(t *testing.T) {
	t.Parallel()
	b := prepareScans(0, waveSize+1, waveScans) // the last batch: in transit
	result := func(n int, change func(*scanResult)) string {
		s := b.scans[waveSize][n]
		r := scanResult{Status: 200, Verdict: "recorded", WaybillID: fmt.Sprint(firstWaybill + s.waybill), State: "in_transit"}
		if n == 7 {
			change(&r)
		}
		text, err := json.Marshal(r)
		must(t, err)
		return string(text)
	}
	for want, test := range map[string]struct {
		status int
		change func(*scanResult)
	}{
		"":                             {200, func(*scanResult) {}},
		"verdict repeated":             {200, func(r *scanResult) { r.Verdict = "repeated" }},
		"status 409 waybill_cancelled": {200, func(r *scanResult) { r.Status, r.Type = 409, "urn:carrierhook:problem:waybill_cancelled" }},
		"the reply to another scan":    {200, func(r *scanResult) { r.WaybillID = "100" }},
		"state collected after in_transit": {200, func(r *scanResult) {
			r.State = "collected"
		}},
		"state cancelled after in_transit": {200, func(r *scanResult) { r.State = "cancelled" }},
	} {
		var all []string
		for n := range batchSize {
			all = append(all, result(n, test.change))
		}
		got := tally{kept: []reply{{waveSize, test.status, []byte(`{"results":[` + strings.Join(all, ",") + `]}`)}}}
		must(t, b.judge(&got))
		recorded := 0
		for _, s := range got.scans {
			if s.recorded {
				recorded++
			}
		}
		bad := min(1, len(want))
		if len(got.scans) != batchSize || recorded != batchSize-bad || got.bad[want] != bad || len(got.bad) != bad {
			t.Errorf("%q: %d recorded of %d, %v", want, recorded, len(got.scans), got.bad)
		}
	}
}

// Of a batch that failed as a whole nobody knows.
func TestBatchesThatFail(t *testing.T) {
	t.Parallel()
	b := prepareScans(0, 1, waveScans)
	for want, test := range map[string]struct {
		status int
		body   string
	}{
		"status 503":       {503, `{"status":503}`},
		"unreadable reply": {200, `{"results":[{"status":200}]}`},
	} {
		got := tally{kept: []reply{{0, test.status, []byte(test.body)}}}
		must(t, b.judge(&got))
		if got.bad[want] != batchSize || len(got.scans) != batchSize || slices.ContainsFunc(got.scans, func(s scanReply) bool { return s.recorded }) {
			t.Errorf("%s: %v", want, got.bad)
		}
	}
}
