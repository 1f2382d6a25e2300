package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestKeptUp(t *testing.T) {
	t.Parallel()
	for elapsed, want := range map[time.Duration]bool{
		9900 * time.Millisecond: true, 10 * time.Second: true, 10_090 * time.Millisecond: true, 10_200 * time.Millisecond: false, 13 * time.Second: false,
	} {
		if got := keptUp(10*time.Second, elapsed); got != want {
			t.Errorf("10 s of requests are answered after %v: kept up %v", elapsed, got)
		}
	}
	if !keptUp(2*time.Second, 2090*time.Millisecond) || keptUp(time.Minute, 61*time.Second) {
		t.Error("a moment is 100 ms, or a hundredth")
	}
}

func TestScansAreSummarised(t *testing.T) {
	t.Parallel()
	r := &result{Case: "scans", Rounds: []round{
		{Pushes: 1000, PostgresCPU: 2, Scans: &scanRound{Seconds: 4, PerSecond: 10_000, P99: 5, KeptUp: true}},
		{Pushes: 1000, PostgresCPU: 4, Scans: &scanRound{Seconds: 4, PerSecond: 8_000, P99: 7, Failed: map[string]int{"status 503": 3}}},
		{Pushes: 1000, PostgresCPU: 3, Scans: &scanRound{Seconds: 4, PerSecond: 9_000, P99: 6, KeptUp: true}, Failed: map[string]int{"ResultCode -1": 2}},
	}}
	r.summarise()
	if *r.ScansPerSecond != (spread{9000, 8000, 10_000}) || r.ScanP99.Median != 6 || *r.PostgresBusy != (spread{0.75, 0.5, 1}) || r.KeptUp != 2.0/3 {
		t.Errorf("%+v", r.scanSpreads)
	}
	if r.PostgresCPU != nil {
		t.Error("what the scans cost is charged to the pushes")
	}
	if n := (&report{Cases: []*result{r}}).failures(); n != 5 {
		t.Errorf("%d failures, want 5", n)
	}
	text, err := json.Marshal(r)
	must(t, err)
	if !strings.Contains(string(text), `"scans_per_second":{"median":9000,"min":8000,"max":10000}`) {
		t.Errorf("the result file has no scans a second: %s", text)
	}
	plain := &result{Rounds: []round{{Pushes: 1}}}
	plain.summarise()
	if text, err = json.Marshal(plain); err != nil || strings.Contains(string(text), "scan") {
		t.Errorf("a case without scans tells of them: %s, %v", text, err)
	}
}

func TestMetricsByLabel(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("# HELP x\n" + `carrierhook_batch_size_requests_sum{kind="scan"} 300
carrierhook_batch_size_requests_count{kind="scan"} 3
carrierhook_batch_size_requests_sum{kind="cancel"} 10
carrierhook_batch_size_requests_count{kind="cancel"} 5
plain 7
`))
	}))
	t.Cleanup(s.Close)
	got, err := (&server{internal: s.Listener.Addr().String()}).metrics()
	must(t, err)
	w := &stopwatch{metrics: got}
	if w.batchSize("scan") != 100 || w.batchSize("cancel") != 2 || w.batchSize("book") != 0 || w.batchSize("") != 310./8 || got["plain"] != 7 || got["carrierhook_batch_size_requests_sum"] != 310 {
		t.Errorf("%v", got)
	}
	before := &stopwatch{metrics: map[string]float64{`carrierhook_store_set_size_sum{kind="scan"}`: 6, `carrierhook_store_set_size_count{kind="scan"}`: 2}}
	if before.batchSize("scan") != 3 {
		t.Error("the former name of the metric is not known")
	}
}
