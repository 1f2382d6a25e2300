//go:build prove

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// While 400 connections guess for one merchant without a pause, twelve others have
// their first cancel decided, each with a password that was never compared, and the
// merchant itself its own twelve: all are answered 0, and soon. No guess gets anything
// but 30001, after a comparison, or -1.
func TestProveGuessing(t *testing.T) {
	const guessers, others, bar = 400, 12, 2 * time.Second
	cfg, usual := testConfig(withSamples(t), wechat.Secure), config.Default()
	cfg.WeChat.Deadline = usual.WeChat.Deadline
	cfg.Database.LockTimeout, cfg.Database.StatementTimeout = usual.Database.LockTimeout, usual.Database.StatementTimeout
	p := start(t, cfg)
	right := newCrowd(t, p, wechat.Secure, others+1)
	conn := connect(t, p.cfg.Database.URL.Value())
	for _, sql := range []string{
		`INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, password_hash FROM merchant, generate_series(1, $2) AS i WHERE biz_id = $1`,
		`INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'M' || i, 'M' || $1::text || i, 'O' || i FROM generate_series(1, $2) AS i`,
	} {
		if _, err := conn.Exec(t.Context(), sql, demo.BizID, others); err != nil {
			t.Fatal(err)
		}
	}
	right.push(others + 1) // the merchant's password is known now
	guessing, other := newCrowd(t, p, wechat.Secure, 0), newCrowd(t, p, wechat.Secure, 0)
	guessing.change = func(i int, m *wechat.CancelWaybill) { m.BizPwd = wechat.Password(fmt.Sprint("guess ", i)) }
	other.change = func(i int, m *wechat.CancelWaybill) {
		m.BizID, m.WayBillID = fmt.Sprint("M", i), fmt.Sprint("M", demo.BizID, i)
	}

	var stop atomic.Bool
	var n atomic.Int64
	var guesses sync.WaitGroup
	for range guessers {
		guesses.Go(func() {
			for !stop.Load() {
				guessing.push(int(n.Add(1)))
			}
		})
	}
	time.Sleep(2 * time.Second)
	for i := range others {
		other.push(i + 1)
		right.push(i + 1)
		time.Sleep(200 * time.Millisecond)
	}
	stop.Store(true)
	guesses.Wait()

	for name, c := range map[string]*crowd{"others": other, "the merchant": right} {
		codes, slowest := c.answers()
		t.Logf("%s: told %v, the slowest 0 after %v", name, codes, slowest)
		if codes["0"] < others || len(codes) != 1 || slowest > bar {
			t.Errorf("%s: told %v, want 0 only, and within %v", name, codes, bar)
		}
	}
	codes, _ := guessing.answers()
	t.Logf("guesses: told %v", codes)
	if codes["30001"] == 0 || codes["-1"] == 0 || len(codes) != 2 {
		t.Errorf("guesses: told %v, want -1 and 30001 only", codes)
	}
	p.shows(t, map[string]float64{
		`carrierhook_password_checks_total{reason="wrong"}`: float64(codes["30001"]), `carrierhook_password_checks_total{reason="too_many"}`: float64(codes["-1"]),
	})
}
