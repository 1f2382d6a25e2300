package outbox

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
)

// world is a database with events, and servers that deliver them.
type world struct {
	storetest.Database
	pool *pg.Pool
	log  *events.Deliveries
	plan plan
	seen []zap.Option // of the log
	horizon
}

// horizon is what was committed: tests write by one connection.
type horizon struct {
	mu       *sync.Mutex
	position *int64
	moved    *chan struct{}
	epoch    string
}

func (h horizon) Position() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *h.position
}

func (h horizon) Wait(ctx context.Context, above int64) error {
	for {
		h.mu.Lock()
		position, moved := *h.position, *h.moved
		h.mu.Unlock()
		if position > above {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h horizon) Epoch() string { return h.epoch }

func (h horizon) move(to int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*h.position = to
	close(*h.moved)
	*h.moved = make(chan struct{})
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	d := storetest.NewDatabase(tb)
	pool, err := pg.Open(tb.Context(), pg.Options{
		URL: d.URL, MaxConns: 8, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, ConnectTimeout: storetest.Patience,
	})
	storetest.Must(tb, err)
	tb.Cleanup(pool.Close)
	return &world{Database: d, pool: pool, log: events.NewDeliveries(pool), plan: standard, horizon: horizon{
		&sync.Mutex{}, new(int64), new(make(chan struct{})), d.Text(tb, `SELECT epoch::text FROM event_epoch`),
	}}
}

// write writes one event for each of the parcels, and moves the horizon.
func (w *world) write(tb testing.TB, parcels ...string) {
	tb.Helper()
	w.Exec(tb, `INSERT INTO event (at, kind, parcel, id, body)
		SELECT now(), 'waybill.scanned', parcel, gen_random_uuid(), '{"parcel":"' || parcel || '"}' FROM unnest($1::text[]) AS parcel`, parcels)
	w.move(int64(w.Int(tb, `SELECT max(position) FROM event`)))
}

// many are parcels, n events of each, by turns.
func many(parcels, n int) (all []string) {
	for range n {
		for p := range parcels {
			all = append(all, fmt.Sprintf("P%d", p))
		}
	}
	return all
}

// serve runs a server with these endpoints until stop.
func (w *world) serve(tb testing.TB, endpoints ...Endpoint) (x *Outbox, stop func()) {
	tb.Helper()
	return w.serveWith(tb, w.log, endpoints...)
}

func (w *world) serveWith(tb testing.TB, log Log, endpoints ...Endpoint) (x *Outbox, stop func()) {
	tb.Helper()
	return w.serveOn(tb, log, w.horizon, endpoints...)
}

func (w *world) serveOn(tb testing.TB, log Log, h Horizon, endpoints ...Endpoint) (x *Outbox, stop func()) {
	tb.Helper()
	x = New(Options{Endpoints: endpoints, Log: log, Horizon: h, Retention: time.Hour, Logger: zaptest.NewLogger(tb, zaptest.Level(zap.WarnLevel), zaptest.WrapOptions(w.seen...))})
	x.plan = w.plan
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		x.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-over
	}
	tb.Cleanup(stop)
	return x, stop
}

// received is what a receiver got.
type received struct {
	id, missed, cursor string
	parcel             string
}

// receiver is a Sender that answers as it is told, and keeps what it took.
type receiver struct {
	mu     sync.Mutex
	got    []received
	answer func(r received, n int) int // n counts the requests for this id
	times  map[string]int
}

func newReceiver(answer func(r received, n int) int) *receiver {
	return &receiver{answer: answer, times: map[string]int{}}
}

func (v *receiver) Send(ctx context.Context, d *events.Delivery, cursor string) Result {
	got := received{id: d.ID.String(), cursor: cursor, parcel: string(d.Body)}
	if d.Missed != (event.ID{}) {
		got.missed = d.Missed.String()
	}
	v.mu.Lock()
	v.times[got.id]++
	times := v.times[got.id]
	v.mu.Unlock()
	answered := make(chan int, 1)
	go func() { answered <- v.answer(got, times) }()
	status := 0
	select {
	case status = <-answered:
	case <-ctx.Done():
		return Result{Kind: "network", Failure: "it was cancelled"}
	}
	if status/100 == 2 {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.got = append(v.got, got)
		return accepted
	}
	return Result{Kind: fmt.Sprintf("status_%dxx", status/100), Failure: fmt.Sprint("status ", status), Refused: status/100 == 4}
}

func (v *receiver) Select(_ context.Context, page []events.Delivery) ([]events.Delivery, error) {
	return page, nil
}

func (v *receiver) Admit(time.Time) (bool, time.Time) { return true, time.Time{} }

func (v *receiver) Leave() {}

func (v *receiver) Close() {}

func (v *receiver) endpoint(name string, kinds ...event.Kind) Endpoint {
	return Endpoint{Name: name, Kinds: kinds, Sender: v}
}

// accepted are the requests that were answered with success.
func (v *receiver) accepted() []received {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]received{}, v.got...)
}

func always(status int) func(received, int) int { return func(received, int) int { return status } }

// wantAll waits until a receiver has accepted so many different events.
func (v *receiver) wantAll(t *testing.T, n int) {
	t.Helper()
	storetest.Until(t, fmt.Sprintf("%d events were accepted", n), func() bool {
		ids := map[string]bool{}
		for _, r := range v.accepted() {
			ids[r.id] = true
		}
		return len(ids) >= n
	})
}

// wantOrder expects that each parcel's events were first accepted in the order of the log.
func (w *world) wantOrder(t *testing.T, v *receiver) {
	t.Helper()
	seen, last := map[string]bool{}, map[string]int{}
	for _, r := range v.accepted() {
		c, ok := event.ParseCursor(r.cursor)
		if !ok {
			t.Fatalf("cursor %q", r.cursor)
		}
		position := int(c.Position)
		if seen[r.id] {
			continue
		}
		seen[r.id] = true
		if position < last[r.parcel] {
			t.Errorf("%s: %d comes after %d", r.parcel, position, last[r.parcel])
		}
		last[r.parcel] = position
	}
}
