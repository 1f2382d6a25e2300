package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestInTime(t *testing.T) {
	t.Parallel()
	for elapsed, want := range map[time.Duration]bool{
		9900 * time.Millisecond: true, 10 * time.Second: true, 10_090 * time.Millisecond: true, 10_200 * time.Millisecond: false, 13 * time.Second: false,
	} {
		if got := inTime(10*time.Second, elapsed); got != want {
			t.Errorf("10 s of requests are answered after %v: kept up %v", elapsed, got)
		}
	}
	if !inTime(2*time.Second, 2090*time.Millisecond) || inTime(time.Minute, 61*time.Second) {
		t.Error("a moment is 100 ms, or a hundredth")
	}
}

func TestScanFigures(t *testing.T) {
	t.Parallel()
	x := run{
		subject:   subject{scans: 1},
		scanTally: tally{replies: 2, elapsed: time.Second, scans: []scanReply{{recorded: true}, {}, {recorded: true}}, bad: map[string]int{"status 503": 3}},
		pushTally: tally{replies: 6, elapsed: 3 * time.Second, bad: map[string]int{"ResultCode -1": 2}},
	}
	late := x.figures(&stopwatch{sums: map[string]float64{"postgres": 4}}, 2*time.Second)
	if f := late.Figures; f["scans_per_second"] != 1 || f["pushes_per_second"] != 2 || f["postgres_processors"] != 2 {
		t.Errorf("%v", f)
	}
	if _, charged := late.Figures["postgres_cpu_us_a_push"]; charged {
		t.Error("what the scans cost is charged to the pushes")
	}
	if n := (&report{Cases: []*result{{Rounds: []round{late}}}}).failures(); n != 5 {
		t.Errorf("%d failures, want 5", n)
	}
	good := run{subject: x.subject, scanTally: tally{elapsed: time.Second}, pushTally: tally{elapsed: time.Second}}
	if got := share([]round{late, good.figures(&stopwatch{}, time.Second)}, keptUp); got != 0.5 {
		t.Errorf("%v of the rounds kept up, want half", got)
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
	w := &stopwatch{sums: got}
	if w.batchSize("scan") != 100 || w.batchSize("cancel") != 2 || w.batchSize("book") != 0 || w.batchSize("cancel", "scan") != 310./8 || got["plain"] != 7 || got["carrierhook_batch_size_requests_sum"] != 310 {
		t.Errorf("%v", got)
	}
}
