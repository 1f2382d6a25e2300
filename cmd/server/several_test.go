package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// pair is two servers on one database.
type pair struct {
	url  string
	p    [2]*program
	wx   [2]*sandbox.Platform
	push int64 // of the last one, so that each is another
}

func startPair(t *testing.T, url string, refresh time.Duration) *pair {
	t.Helper()
	s := &pair{url: url}
	for i, f := range []wechat.Format{wechat.XML, wechat.JSON} {
		cfg := testConfig(url, wechat.Secure)
		cfg.Booking.Refresh, cfg.Booking.NumberBlock = refresh, 3
		s.p[i] = start(t, cfg)
		s.p[i].waitReady(t)
		s.wx[i] = s.p[i].wechat(t, wechat.Secure, f)
	}
	return s
}

// puts changes the sample merchant's contract at a server.
func (s *pair) puts(t *testing.T, at int, body string) {
	t.Helper()
	(carrier{tb: t, p: s.p[at]}).call(http.StatusOK, http.MethodPut, "/v1/merchants/"+demo.BizID, body)
}

// cancels pushes a cancel of an order to a server, and wants its code.
func (s *pair) cancels(t *testing.T, at int, orderID, waybillID, password string, code int) {
	t.Helper()
	s.push++
	m := sampleCancel(s.push)
	m.OrderID, m.WayBillID, m.BizPwd = orderID, waybillID, wechat.Password(password)
	want(t, s.wx[at], m, code)
}

// books pushes a new order to a server, and wants its code.
func (s *pair) books(t *testing.T, at int, code int) wechat.AddReply {
	t.Helper()
	s.push++
	r := book(t, s.wx[at], order(s.push, fmt.Sprint("pair-", s.push)))
	if r.ResultCode != code {
		t.Errorf("server %d, order %d: %d %s, want %d", at, s.push, r.ResultCode, r.ResultMsg, code)
	}
	return r
}

// A contract that is changed at one server holds for the next push at the other:
// whether cancels are allowed, the password, the services, the quota.
func TestContractHoldsEverywhere(t *testing.T) {
	t.Parallel()
	s := startPair(t, withSamples(t), time.Hour)
	for at := range 2 {
		other := 1 - at
		r := s.books(t, other, 0) // so that the other server knows the merchant and its password
		n := fmt.Sprint("pair-", s.push)
		s.puts(t, at, `{"cancel_allowed":false}`)
		s.cancels(t, other, n, r.WayBillID, demo.BizPwd, 30004)
		s.puts(t, at, `{"cancel_allowed":true,"password":"another"}`)
		s.cancels(t, other, n, r.WayBillID, demo.BizPwd, 30001)
		s.cancels(t, other, n, r.WayBillID, "another", 0)
		s.puts(t, at, `{"password":"`+demo.BizPwd+`","services":["economy"]}`)
		s.books(t, other, 20009)
		s.puts(t, at, `{"services":["standard"]}`)
		s.books(t, other, 0)
		s.puts(t, at, `{"services":null,"quota":1}`)
		s.books(t, other, 0)
		s.books(t, other, 20007)
		s.puts(t, at, `{"quota":null}`)
		s.books(t, other, 0)
	}
}

// A scan at one server and a cancel at the other are about one waybill.
func TestScanHoldsEverywhere(t *testing.T) {
	t.Parallel()
	s := startPair(t, withSamples(t), time.Hour)
	for at := range 2 {
		here, there := carrier{tb: t, p: s.p[at]}, carrier{tb: t, p: s.p[1-at]}
		picked := s.books(t, at, 0).WayBillID
		here.scan(200, picked, 100001, time.Now(), "")
		s.cancels(t, 1-at, fmt.Sprint("pair-", s.push), picked, demo.BizPwd, 30002)
		kept := s.books(t, at, 0).WayBillID
		s.cancels(t, 1-at, fmt.Sprint("pair-", s.push), kept, demo.BizPwd, 0)
		there.scan(409, kept, 100001, time.Now(), "")
		here.scan(409, kept, 100001, time.Now(), "")
		if h, again := here.history(picked), there.history(picked); len(h.Pushes) != 2 || len(again.Pushes) != 2 || h.State != again.State {
			t.Errorf("here %+v\nthere %+v", h, again)
		}
	}
}

// Two servers that give the carrier's own numbers, three at a time, never give one
// twice.
func TestNumbersNeverTwice(t *testing.T) {
	t.Parallel()
	s := startPair(t, withSamples(t), time.Hour)
	const orders = 40
	numbers := make(chan string, 2*orders)
	var all sync.WaitGroup
	for i := range 2 * orders {
		all.Go(func() {
			r := book(t, s.wx[i%2], order(int64(i), fmt.Sprint("number-", i)))
			if r.ResultCode != 0 {
				t.Errorf("%d %s", r.ResultCode, r.ResultMsg)
			}
			numbers <- r.WayBillID
		})
	}
	all.Wait()
	close(numbers)
	given := map[string]bool{}
	for n := range numbers {
		if given[n] {
			t.Errorf("%s was given twice", n)
		}
		given[n] = true
	}
	if len(given) != 2*orders {
		t.Errorf("%d numbers for %d orders", len(given), 2*orders)
	}
}

// Servers that are set up at once on an empty database, each with its migrate, act
// as one: the schema is made once, each looks after the record, and the months are
// there once.
func TestSetUpAtOnce(t *testing.T) {
	t.Parallel()
	url, begun := storetest.EmptyURL(t), time.Now()
	var migrations sync.WaitGroup
	for range 3 {
		c := on(t, url)
		migrations.Go(func() { c.says("up to date", "migrate") })
	}
	migrations.Wait()
	s := startPair(t, url, time.Hour)
	for i, p := range s.p {
		p.log.wait(t, `"msg":"ledger maintenance"`)
		p.log.wait(t, `"msg":"erased personal data"`)
		if log := p.log.String(); strings.Contains(log, `"level":"error"`) {
			t.Errorf("server %d:\n%s", i, log)
		}
	}
	conn := connect(t, url)
	for _, table := range []string{"push", "scan"} {
		var months, more int
		err := conn.QueryRow(t.Context(), `SELECT count(*), (12 * (date_part('year', now()) - date_part('year', $2::timestamptz)) + date_part('month', now()) - date_part('month', $2))::int
			FROM pg_inherits WHERE inhparent = $1::text::regclass`, table, begun).Scan(&months, &more)
		if err != nil || months < 26 || months > 26+more { // this one, 24 ahead, and the default; a month may end meanwhile
			t.Errorf("%s has %d partitions, %v", table, months, err)
		}
	}
	(carrier{tb: t, p: s.p[0]}).call(http.StatusCreated, http.MethodPut, "/v1/merchants/"+demo.BizID, `{"password":"`+demo.BizPwd+`"}`)
	(carrier{tb: t, p: s.p[1]}).call(http.StatusCreated, http.MethodPost, "/v1/waybills",
		fmt.Sprintf(`{"biz_id":%q,"waybill_id":%q,"order_id":%q}`, demo.BizID, demo.WaybillID, demo.OrderID))
	s.cancels(t, 0, demo.OrderID, demo.WaybillID, demo.BizPwd, 0)
	s.cancels(t, 1, demo.OrderID, demo.WaybillID, demo.BizPwd, 30003)
}
