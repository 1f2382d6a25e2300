//go:build interop

package interop

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// replica is one of several servers, which the test kills and starts again at the
// address that it had.
type replica struct {
	*server
	database string
	settings []string
}

func startReplica(tb testing.TB, database string, settings ...string) *replica {
	tb.Helper()
	r := &replica{database: database, settings: append([]string{"WECHAT_MODE=plain"}, settings...)}
	// An address of this machine that nobody else takes ports of: while the server is
	// dead, its port stays free.
	r.start(tb, fmt.Sprintf("127.%d.%d.%d:0", 1+rand.N(200), 1+rand.N(200), 1+rand.N(200)))
	return r
}

func (r *replica) start(tb testing.TB, listen string) {
	tb.Helper()
	r.server = serve(tb, r.database, append(r.settings, "LISTEN="+listen)...)
}

func (r *replica) kill() {
	_ = r.cmd.Process.Kill()
	<-r.ended
}

// busy tells whether a push is being decided.
func (r *replica) busy() bool {
	select {
	case <-r.ended:
		return false
	default:
	}
	res, err := direct(r.tb, r.server).client.Get(r.internal + "/metrics")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	metrics, err := io.ReadAll(res.Body)
	return err == nil && strings.Contains(string(metrics), "\ncarrierhook_in_flight_pushes 1")
}

// busyOne waits until one of the replicas decides a push, or ended is closed: then nil.
func busyOne(tb testing.TB, ended <-chan struct{}, replicas ...*replica) *replica {
	tb.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(5 * time.Millisecond) {
		for _, r := range replicas {
			if r.busy() {
				return r
			}
		}
		select {
		case <-ended:
			return nil
		default:
		}
	}
	tb.Fatal("no server is ever at the push")
	return nil
}

// locked holds a parcel's waybill until it is let go: its push is under way meanwhile.
func locked(tb testing.TB, database string, parcel int) (release func()) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), database)
	storetest.Must(tb, err)
	release = func() { _ = conn.Close(context.Background()) }
	tb.Cleanup(release)
	tx, err := conn.Begin(tb.Context())
	storetest.Must(tb, err)
	var found int
	storetest.Must(tb, tx.QueryRow(tb.Context(), "SELECT 1 FROM waybill WHERE waybill_id = $1 FOR UPDATE", fmt.Sprintf("parcel%d", parcel)).Scan(&found))
	return release
}

// bothKilledAndBack kills both servers behind a proxy while they answer, one right
// after the other, and starts them again, after meanwhile: from then on every push is
// answered.
func bothKilledAndBack(t *testing.T, w plainPlatform, first, second *replica, meanwhile func()) {
	t.Helper()
	for parcel := range 4 {
		w.cancelled(parcel)
	}
	const blocked = 4
	release := locked(t, first.database, blocked)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // whichever server is left gets the push
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				w.cancel(blocked)
			}
		}
	}()
	killed := busyOne(t, nil, first, second)
	killed.kill()
	busyOne(t, nil, first, second).kill()
	close(stop)
	release()
	<-stopped
	meanwhile()
	for _, r := range []*replica{first, second} {
		r.start(t, host(r.public))
	}
	w.cancelled(blocked)
	for parcel := range 12 {
		w.cancelled(100 + parcel)
	}
}
