package pg

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// connectBackoff keeps a server from asking for sessions that cannot be had:
// while no primary is there, each try would cost every server of a multi-host URL
// one. One try at a time goes out then, after a pause that doubles up to
// connectPause.
type connectBackoff struct {
	mu    sync.Mutex
	fails int // since the last success
	next  time.Time
	err   error // why the last try failed
	trial bool  // a try is under way after a failure
}

// connectPause is how long a primary that is back may have to wait for us.
const connectPause = time.Second

// allow is what comes before a connection is made.
func (b *connectBackoff) allow(context.Context, *pgx.ConnConfig) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == 0 {
		return nil
	}
	if b.trial || time.Now().Before(b.next) {
		return fmt.Errorf("not tried again yet: %w", b.err)
	}
	b.trial = true
	return nil
}

// connectBackoff is a pgx.ConnectTracer, the only hook that hears of connections that
// failed in the background.
var _ pgx.ConnectTracer = (*connectBackoff)(nil)

func (b *connectBackoff) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

func (b *connectBackoff) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	if data.Err == nil {
		b.fails, b.err = 0, nil
		return
	}
	pause := min(10*time.Millisecond<<min(b.fails, 10), connectPause)
	b.fails, b.err = b.fails+1, data.Err
	b.next = time.Now().Add(pause/2 + rand.N(pause/2))
}

func (b *connectBackoff) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (b *connectBackoff) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
