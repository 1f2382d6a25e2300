package store

import (
	"context"
	"sync"
	"time"

	"carrierhook/internal/store/pg"
)

const (
	watchEvery = 500 * time.Millisecond // for what a session waits
	sayEvery   = 30 * time.Second       // again, while it is the same
)

// waitLog says what a tool at work in the database waits for: at once, and then now and
// then.
type waitLog struct {
	what string                           // waits
	say  func(format string, args ...any) // nil: nobody listens

	mu     sync.Mutex
	seen   pg.Wait // last
	said   pg.Wait
	saidAt time.Time
}

// during does something, and says meanwhile what read finds again and again. A wait
// that is seen once may be over: a commit's for a standby is, most often.
func (l *waitLog) during(ctx context.Context, read func(context.Context) (w pg.Wait, waits bool, err error), do func() error) error {
	ctx, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		var former pg.Wait
		for pg.Pause(ctx, watchEvery) {
			w, waits, err := read(ctx)
			if err == nil && waits {
				l.see(w, w.Same(former))
			}
			former = w
		}
	}()
	err := do()
	stop()
	<-watched
	return err
}

// see keeps a wait, and says it if it lasts.
func (l *waitLog) see(w pg.Wait, lasts bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = w
	if l.say == nil || !lasts || l.said.Same(w) && time.Since(l.saidAt) < sayEvery {
		return
	}
	l.said, l.saidAt = w, time.Now()
	l.say("%s waits for %s", l.what, w)
}

// lastSeen is what was waited for last.
func (l *waitLog) lastSeen() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen.For == "" {
		return "nobody, or it was not seen for whom"
	}
	return l.seen.String()
}
