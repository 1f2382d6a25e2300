package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// responder answers each request by what answer makes of it.
func responder(t testing.TB, answer func(n int, request []byte) string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := make([]byte, 16<<10)
				for n := 0; ; n++ {
					size, err := c.Read(in)
					if err != nil {
						return
					}
					if _, err := c.Write([]byte(answer(n, in[:size]))); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

func http200(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

var ofWaybill = regexp.MustCompile(`"WayBillID":"(\d+)"`)

// accepted is the answer to a plain push.
func accepted(request []byte) string {
	number, _ := strconv.Atoi(string(ofWaybill.FindSubmatch(request)[1])) // which the pattern holds to be one
	return http200(string(cancel(number-firstWaybill, time.Now()).Reply(0, "success").Encode(wechat.JSON)))
}

func load(t testing.TB, addr string, conns, n int, rate float64, d time.Duration) tally {
	t.Helper()
	r, err := prepare(plainJSON, monthly, 0, n, n)
	must(t, err)
	l, err := dialLoader(addr, conns)
	must(t, err)
	defer l.close()
	sums, err := together(d, stream{l, r, rate})
	must(t, err)
	must(t, r.judge(&sums[0]))
	return sums[0]
}

func TestLoaderSendsEachRequestOnce(t *testing.T) {
	t.Parallel()
	addr := responder(t, func(_ int, request []byte) string { return accepted(request) })
	got := load(t, addr, 4, 1000, 0, time.Minute)
	if got.replies != 1000 || len(got.latencies) != 1000 || len(got.bad) != 0 {
		t.Errorf("%d replies, %d latencies, bad %v", got.replies, len(got.latencies), got.bad)
	}
}

func TestLoaderCountsWhatIsNotZero(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"status 503":       "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
		"unreadable reply": http200("success"),
	} {
		addr := responder(t, func(n int, request []byte) string {
			if n == 3 {
				return reply
			}
			return accepted(request)
		})
		got := load(t, addr, 1, 100, 0, time.Minute)
		if got.replies != 100 || len(got.bad) != 1 || got.bad[name] != 1 {
			t.Errorf("%s: %v", name, got.bad)
		}
	}
}

func TestOpenLoopChargesAStall(t *testing.T) {
	t.Parallel()
	const stall = 200 * time.Millisecond
	addr := responder(t, func(n int, request []byte) string {
		if n == 0 {
			time.Sleep(stall)
		}
		return accepted(request)
	})
	// All four connections stall on their first request. What was due in the first
	// half of the stall has waited for at least the other half, though each single
	// exchange was quick; on a slow machine it has waited longer.
	got := load(t, addr, 4, 400, 1000, time.Minute)
	late := 0
	for _, l := range got.latencies {
		if l > stall/2 {
			late++
		}
	}
	if late < 50 {
		t.Errorf("%d of %d pushes were late: the wait before sending is not counted", late, len(got.latencies))
	}
}

func TestScatteredIsAPermutation(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1000, 10_000, 50_000, 1_000_000} {
		seen := make([]bool, count)
		for k := range count {
			n := scattered(k, count)
			if seen[n] {
				t.Fatalf("of %d: waybill %d comes twice", count, n)
			}
			seen[n] = true
		}
	}
}

// What the loader sends must be what a receiver opens.
func TestPreparedPushesAreGood(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{secureXML, plainJSON, orderXML} {
		r, err := prepare(k, monthly, 0, 10, 10)
		must(t, err)
		receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
			UserName: userName, AppID: appID, Mode: k.mode, Tokens: []string{pushToken}, AESKeys: []string{aesKey}, Window: time.Hour,
		})
		must(t, err)
		s, err := sender(k.mode)
		must(t, err)
		seen := map[string]bool{}
		for i, b := range r.bytes {
			push, err := receiver.Open(splitRequest(t, b))
			must(t, err)
			number, text := answering(t, k, push)
			seen[number] = true
			sealed, err := push.Seal(text(0))
			must(t, err)
			refused, err := push.Seal(text(-1))
			must(t, err)
			for what, tc := range map[string]struct {
				request int
				body    []byte
				want    string
			}{
				"a good reply": {i, sealed, ""}, "another push's": {(i + 1) % len(r.bytes), sealed, "unreadable reply"}, "a refusal": {i, refused, "ResultCode -1"},
			} {
				if why := r.wrong(s, reply{tc.request, http.StatusOK, tc.body}); why != tc.want {
					t.Errorf("%v: %s is judged %q, want %q", k, what, why, tc.want)
				}
			}
		}
		if len(seen) != len(r.bytes) {
			t.Errorf("%v: %d different waybills in %d pushes", k, len(seen), len(r.bytes))
		}
	}
}

// answering reads a push and gives the replies to it.
func answering(t *testing.T, k kind, push *wechat.Push) (number string, reply func(code int) []byte) {
	t.Helper()
	if k.event == books {
		m, err := push.AddWaybill()
		must(t, err)
		return m.WayBillID, func(code int) []byte { return m.Reply(m.WayBillID, code, "text", "##").Encode(k.format) }
	}
	m, err := push.CancelWaybill()
	must(t, err)
	return m.WayBillID, func(code int) []byte { return m.Reply(code, "text").Encode(k.format) }
}

// The statements that pgbench runs are all of the store's, and whole.
func TestTransaction(t *testing.T) {
	t.Parallel()
	statements, err := transaction(script)
	must(t, err)
	all := strings.Join(statements, "\n")
	if placeholder.MatchString(all) {
		t.Errorf("a parameter is left: %s", all)
	}
	for _, name := range regexp.MustCompile(`[^:]:([a-z]+)`).FindAllStringSubmatch(all, -1) {
		made := []string{"biz", "waybill", "order", "id", "now"}
		if _, ok := variables[name[1]]; !ok && !slices.Contains(made, name[1]) {
			t.Errorf("pgbench has no variable %s", name[1])
		}
	}
	for _, want := range []string{"BEGIN;", "FOR UPDATE", "FROM merchant", "UPDATE waybill", "INSERT INTO push", "COMMIT;"} {
		if !strings.Contains(strings.ReplaceAll(all, "LEFT JOIN merchant", "FROM merchant"), want) {
			t.Errorf("the transaction lacks %q", want)
		}
	}
}

func TestReadPgbench(t *testing.T) {
	t.Parallel()
	got, err := readPgbench("number of transactions actually processed: 3588\nnumber of failed transactions: 0 (0.000%)\n" +
		"tps = 897.693019 (without initial connection time)\n")
	must(t, err)
	if got["pushes"] != 3588 || got["pushes_per_second"] != 897.693019 {
		t.Errorf("%v", got)
	}
	if _, err := readPgbench("pgbench: error: connection failed"); err == nil {
		t.Error("no figures are no error")
	}
}

func TestReadBenchmarks(t *testing.T) {
	t.Parallel()
	all, err := readBenchmarks(`goos: linux
BenchmarkCodec/secure/xml-2   	   62210	     20000 ns/op	   10120 B/op	     110 allocs/op
BenchmarkCodec/secure/xml-2   	   62210	     22000 ns/op	   10120 B/op	     110 allocs/op
BenchmarkFloor/secure/xml-2   	  500000	      8000.5 ns/op	       0 B/op	       0 allocs/op
BenchmarkFloor/secure/xml-2   	  500000	      4400 ns/op	       0 B/op	       0 allocs/op
PASS
`)
	must(t, err)
	if len(all) != 2 || len(all[0].Rounds) != 2 || all[0].Figures["ns_an_operation"].Median != 21000 || all[0].Figures["allocations"].Median != 110 {
		t.Fatalf("%+v", all[0])
	}
	if r := all[0].Ratios[toFloor]; r < 3.74 || r > 3.76 {
		t.Errorf("ratio to the floor is %v", r)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	var sorted []time.Duration
	for i := range 1000 {
		sorted = append(sorted, time.Duration(i+1)*time.Millisecond)
	}
	for share, want := range map[float64]float64{0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := percentile(sorted, share); got != want {
			t.Errorf("percentile %v is %v, want %v", share, got, want)
		}
	}
	r := &result{Rounds: []round{{Figures: figures{"x": 3}}, {Figures: figures{"x": 1}}, {Figures: figures{"x": 2}}}}
	if r.summarise(); r.Figures["x"] != (spread{2, 1, 3}) || len(r.Figures) != 1 {
		t.Errorf("%+v", r.Figures)
	}
}

func TestDurable(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "fsync", "synchronous_commit", "full_page_writes"} {
		found := map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
		if weak != "" {
			found[weak] = "off"
		}
		if err := durable(found); (err != nil) != (weak != "") {
			t.Errorf("without %q: %v", weak, err)
		}
	}
}

// Every 0 has to have cancelled a waybill; a push that failed may have.
func TestRepliesMatchTheDatabase(t *testing.T) {
	t.Parallel()
	var w database
	w.noteReplies(cancels, tally{replies: 10, bad: map[string]int{"ResultCode -1": 2}})
	for cancelled, good := range map[int]bool{7: false, 8: true, 10: true, 11: false} {
		if err := w.compare(cancels, cancelled); (err == nil) != good {
			t.Errorf("%d cancelled: %v", cancelled, err)
		}
	}
}

// Work costs CPU time, however long it has to wait for a processor.
func TestCPUIsCounted(t *testing.T) {
	t.Parallel()
	const minutes = 5 * time.Minute
	before, err := ownCPU()
	must(t, err)
	for begun := time.Now(); ; runtime.Gosched() {
		after, err := ownCPU()
		must(t, err)
		if after > before {
			return
		}
		if time.Since(begun) > minutes {
			t.Fatalf("%v of work cost nothing", minutes)
		}
	}
}

// splitRequest takes a request apart as a server does.
func splitRequest(t testing.TB, b []byte) (wechat.Query, []byte) {
	t.Helper()
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	must(t, err)
	body, err := io.ReadAll(req.Body)
	must(t, err)
	return wechat.QueryFrom(req.URL.RawQuery), body
}
