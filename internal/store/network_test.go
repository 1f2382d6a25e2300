package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// network is a store's way to Postgres, with a hand on the cable. It sees COMMIT
// in the clear when the query mode is exec.
type network struct {
	onCommit atomic.Pointer[func(c *cable, write func() error) error]
	down     atomic.Bool
	silent   atomic.Int64 // connections up to this number swallow everything
	dialled  atomic.Int64
	swallow  atomic.Int64 // connections that have swallowed more than a ping
	refused  atomic.Int64 // times that somebody tried to connect while it was down
	inVain   atomic.Pointer[context.CancelFunc]
	mu       sync.Mutex
	cables   []net.Conn
	trips    atomic.Int64 // times that something was written after something was read
}

type cable struct {
	net.Conn
	n    *network
	nr   int64
	read atomic.Bool
	deaf atomic.Bool  // what comes back is lost: the driver reads while it writes
	lost atomic.Bool  // it has swallowed more than a ping
	idle atomic.Int64 // since when nothing has come back

	late    atomic.Pointer[context.Context] // nothing comes back until this and the driver's time are over
	tooLate chan struct{}                   // closed when the driver's time is up
	once    sync.Once
}

var errCut = errors.New("the cable was cut")

// under puts the network under a store, which has less patience than usual with one
// that says nothing: so do the tests with their tries.
func (n *network) under(o store.Options) store.Options {
	return store.WithSilence(store.WithDial(o, n.dial), 100*time.Millisecond)
}

func (n *network) dial(ctx context.Context, kind, addr string) (net.Conn, error) {
	if n.down.Load() {
		if hangUp := n.inVain.Load(); n.refused.Add(1) == enough && hangUp != nil {
			(*hangUp)()
		}
		return nil, errCut
	}
	c, err := new(net.Dialer).DialContext(ctx, kind, addr)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.cables = append(n.cables, c)
	n.mu.Unlock()
	return &cable{Conn: c, n: n, nr: n.dialled.Add(1), tooLate: make(chan struct{})}, nil
}

// enough is how often somebody tries to connect in vain before he hangs up.
const enough = 3

// hangsUp is for a push while the network is down: it ends when the store has tried to
// connect often enough, and not by a clock.
func (n *network) hangsUp(t *testing.T) context.Context {
	ctx, hangUp := context.WithTimeout(t.Context(), storetest.Patience)
	t.Cleanup(hangUp)
	n.refused.Store(0)
	n.inVain.Store(&hangUp)
	return ctx
}

// wantTriedAgain expects that the push went on until it was hung up on.
func (n *network) wantTriedAgain(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	if got := n.refused.Load(); got < enough || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("%s: gave up after it had tried to connect %d times", what, got)
	}
}

// silence makes all connections swallow everything from now on, until the test's
// end: then they are hung up, so that nobody waits for their goodbye.
func (n *network) silence(t *testing.T) {
	n.silent.Store(n.dialled.Load())
	t.Cleanup(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, c := range n.cables {
			c.Close()
		}
	})
}

func (c *cable) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if ctx := c.late.Load(); ctx != nil {
		<-(*ctx).Done()
		<-c.tooLate
		return 0, os.ErrDeadlineExceeded
	}
	if c.deaf.Load() {
		return 0, errCut
	}
	c.idle.Store(time.Now().UnixNano())
	c.read.Store(true)
	return n, err
}

// SetDeadline is how the driver stops what it does.
func (c *cable) SetDeadline(at time.Time) error {
	err := c.Conn.SetDeadline(at)
	if !at.IsZero() {
		c.once.Do(func() { close(c.tooLate) })
	}
	return err
}

// pings tells whether the pool asks a connection whether it is there, as it does with
// those that were idle for a second.
func (c *cable) pings(b []byte) bool {
	return bytes.Contains(b, []byte("-- ping\x00")) && time.Now().UnixNano()-c.idle.Load() > int64(time.Second)
}

func (c *cable) Write(b []byte) (int, error) {
	pings := c.pings(b)
	if c.read.Swap(false) && !pings {
		c.n.trips.Add(1)
	}
	if c.nr <= c.n.silent.Load() {
		if goodbye := b[0] == 'X'; !pings && !goodbye && !c.lost.Swap(true) {
			c.n.swallow.Add(1)
		}
		return len(b), nil
	}
	if c.n.down.Load() {
		c.Conn.Close()
		return 0, errCut
	}
	write := func() error {
		_, err := c.Conn.Write(b)
		return err
	}
	if cut := c.n.onCommit.Load(); cut != nil && commits(b) {
		c.n.onCommit.Store(nil) // once
		return len(b), (*cut)(c, write)
	}
	return len(b), write()
}

// commits tells a COMMIT that follows a decision from that of a new connection, which
// asks about nothing.
func commits(b []byte) bool {
	return bytes.Contains(b, []byte("COMMIT\x00")) && !bytes.Contains(b, []byte("SKIP LOCKED"))
}

func (n *network) cutAtCommit(how func(c *cable, write func() error) error) { n.onCommit.Store(&how) }

// The deadline ends while the answer to the COMMIT is awaited, which may have reached
// Postgres: that too is not known.
func TestCommitOutlastsDeadline(t *testing.T) {
	t.Parallel()
	for _, arrives := range []bool{true, false} {
		var n network
		d := newNetworkStore(t, &n)
		d.MustCancel(t, expresstest.CancelPush(9, "none"))
		round := 0
		storetest.WithinLimit(t, func(limit time.Duration) error {
			round++
			id := fmt.Sprint("W", round)
			d.AddWaybills(t, id)
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			n.cutAtCommit(func(c *cable, write func() error) error {
				c.late.Store(&ctx)
				if arrives {
					return write()
				}
				return nil
			})
			_, err := d.Cancel(ctx, expresstest.CancelPush(round, id))
			if n.onCommit.Swap(nil) != nil {
				return errors.New("the time was up before there was a COMMIT")
			}
			if !errors.Is(err, ledger.ErrOutcomeUnknown) {
				t.Errorf("arrives %t: got %v", arrives, err)
			}
			d.WantCancel(t, expresstest.CancelPush(round, id), waybill.Accepted, arrives)
			return nil
		})
	}
}

// One push costs two round trips, in the query modes that prepare and in those
// that do not have to.
func TestTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := newStore(t, queryMode(mode), n.under, allEvents)
		d.AddWaybills(t, "W0", "W1", "W2", "W3")
		d.MustCancel(t, expresstest.CancelPush(0, "W0")) // connects, prepares and compares the password
		d.MustCancel(t, expresstest.CancelPush(1, "none"))
		for i, id := range []string{"W1", "W2", "W3"} {
			before := n.trips.Load()
			d.MustCancel(t, expresstest.CancelPush(2+i, id))
			if got := n.trips.Load() - before; got != 2 {
				t.Errorf("%s: %d round trips", mode, got)
			}
		}
	}
}

// wantSwallowed expects no more silent connections than that to have been trusted.
func (n *network) wantSwallowed(t *testing.T, maximum int64) {
	t.Helper()
	if got := n.swallow.Load(); got > maximum {
		t.Errorf("%d silent connections were trusted, want %d", got, maximum)
	}
}
