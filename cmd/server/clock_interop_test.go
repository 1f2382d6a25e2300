//go:build interop

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// faketime is the library of Debian's package libfaketime.
const faketime = "/usr/lib/*/faketime/libfaketime.so.1"

// fakedBinaries is a folder with a Postgres whose clock is off.
func fakedBinaries(t *testing.T, dir, off string) string {
	t.Helper()
	found, err := filepath.Glob(faketime)
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s: apt-get install libfaketime", faketime)
	}
	bin, _, err := localpg.FindBinaries()
	must(t, err)
	faked := filepath.Join(dir, "bin")
	must(t, os.Mkdir(faked, 0o755))
	for _, program := range []string{"initdb", "postgres"} {
		// What waits for a time to pass must not notice.
		script := fmt.Sprintf("#!/bin/sh\nLD_PRELOAD=%s FAKETIME=%s FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1\n"+
			"export LD_PRELOAD FAKETIME FAKETIME_DONT_FAKE_MONOTONIC NO_FAKE_STAT\nexec %s \"$@\"\n", found[0], off, filepath.Join(bin, program))
		must(t, os.WriteFile(filepath.Join(faked, program), []byte(script), 0o755))
	}
	return faked
}

// A server that believes a Postgres whose clock was 100 days ahead at its start erases
// everything that is kept for 90 days. Ours does not; once an operator says that the clock
// is right it does.
func TestInteropClock100DaysAhead(t *testing.T) {
	// Not the test's own folder: Postgres's account has to pass.
	dir, err := os.MkdirTemp("", "carrierhook-clock-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	data := filepath.Join(dir, "data")
	t.Cleanup(func() { must(t, localpg.Remove(data), os.RemoveAll(dir)) })
	run := func(binaries string) *localpg.Server {
		t.Helper()
		pg, err := localpg.Start(t.Context(), data, localpg.Options{Log: t.Logf, BinDir: binaries, Settings: map[string]string{"fsync": "off"}})
		must(t, err)
		t.Cleanup(func() { must(t, pg.Stop()) })
		return pg
	}
	pg := run("")
	url := pg.URL(localpg.Database)
	must(t, store.Migrate(t.Context(), url, nil))
	putSamples(t, url)
	age(t, url, 0)
	execute(t, url, `DELETE FROM booking_contact WHERE booked_at < now() - interval '1 day'`)
	must(t, pg.Stop())

	a := aged{t, run(fakedBinaries(t, dir, "+100d")).URL(localpg.Database)}
	if got := query(t, a.url, `SELECT extract(day FROM now() - max(at))::text FROM push`); got != "100" {
		t.Fatalf("the clock is %s days ahead: it is not faked", got)
	}
	p := a.doubted(t, `the database's clock is not trusted: it is 2400h`)
	a.kept(1, 1, 2)
	if got := p.metric(t, "carrierhook_database_clock_difference_seconds"); got < 8.6e6 || got > 8.7e6 {
		t.Errorf("the metrics show a difference of %v s, which is 8.64e+06 s", got)
	}
	// On the wrong day too WeChat is answered and parcels are scanned.
	book(t, p.wechat(t, wechat.Secure, wechat.JSON), order(0, "order-on-the-wrong-day"))
	a.maintain(true, nil, "ahead of this server's", " 0 dropped", "personal data erased of 0 bookings")
	a.kept(2, 2, 2)
	a.maintain(false, []string{"--trust-clock"}, "trusted until 20")
	a.maintain(false, nil, "personal data erased of 1 bookings")
	a.kept(1, 1, 0) // of the wrong day
}
