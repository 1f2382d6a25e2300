package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// aged is a carrier's database: an order of so many days ago, when the last push came,
// and another of 100 days before that, of which the contacts are kept.
type aged struct {
	testing.TB
	url string
}

func age(tb testing.TB, url string, days int) aged {
	tb.Helper()
	a := aged{tb, url}
	for _, sql := range []string{
		`INSERT INTO booking_contact (biz_id, waybill_id, booked_at, sender, receiver, remark, goods)
			SELECT 'B', i, now() - make_interval(days => $1::integer + i * 100), '{}', '{}', '', '[]' FROM generate_series(0, 1) i`,
		`INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
			VALUES ('B', 'W', now() - make_interval(days => $1), 1, '', '', '', '', sha256('x'), '', false, 1)`,
		`INSERT INTO bound_signature SELECT md5(($1::integer + i)::text)::uuid, md5('x')::uuid, now() - make_interval(hours => 2 * i) FROM generate_series(0, 1) i`,
	} {
		execute(tb, url, sql, days)
	}
	return a
}

// kept wants so many contacts, pushes and signatures.
func (a aged) kept(contacts, pushes, signatures int) {
	a.Helper()
	got := query(a, a.url, `SELECT concat_ws(' ', (SELECT count(*) FROM booking_contact), (SELECT count(*) FROM push), (SELECT count(*) FROM bound_signature))`)
	if want := fmt.Sprint(contacts, " ", pushes, " ", signatures); got != want {
		a.Errorf("contacts, pushes and signatures that are kept: %s, want %s", got, want)
	}
}

// agedLedger is how long pushes are kept in these tests.
const agedLedger = 60 * 24 * time.Hour

// maintain runs the command, and wants it to say all of this, and to fail or not.
func (a aged) maintain(fails bool, args []string, says ...string) {
	a.Helper()
	out, err := on(a, a.url, "CARRIERHOOK_LEDGER_RETENTION="+agedLedger.String()).run(append([]string{"maintain"}, args...)...)
	for _, part := range says {
		if (err != nil) != fails || !strings.Contains(out, part) {
			a.Errorf("maintain %v: %v, want %q of\n%s", args, err, part, out)
		}
	}
}

// doubted runs a server whose first round finds the clock in doubt, for this reason.
func (a aged) doubted(t *testing.T, why string) *program {
	t.Helper()
	cfg := testConfig(a.url, wechat.Secure)
	cfg.Ledger.Retention = agedLedger
	p := start(t, cfg)
	p.log.wait(t, `"msg":"erased personal data","bookings":0`) // the last of a round
	log := p.log.String()
	if !strings.Contains(log, why) || strings.Count(log, `"level":"error"`) != 1 || !strings.Contains(log, `"msg":"ledger maintenance","months_ahead":24`) {
		t.Errorf("want one error, with %q:\n%s", why, log)
	}
	p.shows(t, map[string]float64{`carrierhook_maintenance_failures_total{task="clock"}`: 1, "carrierhook_contacts_erased_total": 0})
	p.metric(t, "carrierhook_database_clock_difference_seconds")
	return p
}

// Merchants that take any password are reported by each server and by maintain, and
// nothing is said where there are none.
func TestMerchantsWithoutPasswordAreReported(t *testing.T) {
	t.Parallel()
	a := aged{t, withSamples(t)}
	wantWithout := func(p *program, want string) {
		t.Helper()
		p.log.wait(t, `"msg":"erased personal data"`) // the last of a round
		if got := p.metric(t, "carrierhook_passwordless_merchants"); fmt.Sprint(got) != want {
			t.Errorf("%v merchants have no password, want %s", got, want)
		}
		line := `"level":"warn","ts":"[^"]*","msg":"merchants without a password"(,"merchants":` + want + `})?`
		said := regexp.MustCompile(line).FindStringSubmatch(p.log.String())
		if (want != "0") != (said != nil) || said != nil && said[1] == "" {
			t.Errorf("of %s merchants the log says %q", want, said)
		}
	}
	wantWithout(start(t, testConfig(a.url, wechat.Secure)), "0")
	a.maintain(false, nil, "merchants     0 without a password, whose pushes are accepted with any password")
	execute(t, a.url, `INSERT INTO merchant (biz_id, password_hash) VALUES ('open', ''), ('too', '')`)
	wantWithout(start(t, testConfig(a.url, wechat.Secure)), "2")
	a.maintain(false, nil, "merchants     2 without a password, whose pushes are accepted with any password")
}

// A server that comes up long after the last push erases nothing, and neither does the
// next one after a push, nor a person, until somebody says that the clock is right.
func TestMaintain(t *testing.T) {
	t.Parallel()
	a := age(t, withSamples(t), 50)
	p := a.doubted(t, `the database's clock is not trusted: it is 50 days after the newest row`)
	book(t, p.wechat(t, wechat.Secure, wechat.JSON), order(0, "order-on-the-wrong-day"))
	a.kept(3, 2, 2)
	refusal := []string{"personal data erased of 0 bookings", "partitions    24 months ahead, 0 dropped", "signatures    0 erased", "it is 50 days after the time until which it was right", "server maintain --trust-clock"}
	a.maintain(true, nil, refusal...)
	a.doubted(t, `it is 50 days after the time until which it was right`)
	a.kept(3, 2, 2)
	a.maintain(false, []string{"--trust-clock"}, "database      20", "this machine  20", "trusted until 20")
	a.kept(3, 2, 2)
	a.maintain(false, nil, "partitions    24 months ahead, 0 dropped", "signatures    1 erased", "personal data erased of 1 bookings")
	a.kept(2, 2, 1)
	execute(t, a.url, `UPDATE bound_signature SET bound_at = bound_at - interval '2 hours'`)
	last := start(t, testConfig(a.url, wechat.Secure))
	last.log.wait(t, `"msg":"erased personal data","bookings":0`)
	a.kept(2, 2, 0)
	if log := last.log.String(); strings.Contains(log, `"level":"error"`) {
		t.Errorf("trusted, and\n%s", log)
	}
}
