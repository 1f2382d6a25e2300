package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
)

// An import that waits says at once for what, and who has it locked; it goes on when that
// is over. One that gives way to a row's lock and then gives up names it in its error.
func TestImportSaysForWhomItWaits(t *testing.T) {
	t.Parallel()
	said := make(chan string, 1000)
	d := newStore(t, func(o store.Options) store.Options {
		o.Say = func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }
		return o
	})
	const booked, collected = "biz_id,waybill_id,order_id\nB,W,O\n", "biz_id,waybill_id,order_id,status\nB,W,O,collected\n"
	for _, tt := range []struct {
		kind             csvimport.Kind
		lock, what, file string
		givesUp          bool
	}{
		{csvimport.Waybills, `LOCK TABLE waybill`, "table waybill", booked, false},
		{csvimport.Areas, `SELECT FROM catalogue FOR UPDATE`, "what another transaction has changed", "province,city,area,collects,delivers\n,,,yes,yes\n", false},
		{csvimport.Waybills, `SELECT FROM waybill FOR UPDATE`, "what another transaction has changed", collected, true},
	} {
		other, about := locker(t, d.URL, `BEGIN; `+tt.lock)
		over := make(chan error, 1)
		go func() {
			_, err := d.Import(context.Background(), tt.kind, strings.NewReader(tt.file))
			over <- err
		}()
		var line string
		if tt.givesUp {
			err := <-over
			line = fmt.Sprint(err)
			if err == nil {
				t.Errorf("%s: it does not give up", tt.lock)
			}
		} else {
			select {
			case line = <-said:
			case <-time.After(storetest.Patience):
				t.Fatalf("%s: it waits in silence", tt.lock)
			}
		}
		for _, part := range append(about, tt.what, "locked by") {
			if !contains(line, part) {
				t.Errorf("%s: want %q in %s", tt.lock, part, line)
			}
		}
		other.Close(t.Context())
		if tt.givesUp {
			continue
		}
		if err := <-over; err != nil || !strings.HasPrefix(line, "the import waits for ") {
			t.Errorf("%s: %v, after %s", tt.lock, err, line)
		}
	}
}
