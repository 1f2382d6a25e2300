package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"carrierhook/internal/outbox"
	"carrierhook/internal/redacted"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// A receiver that changes the protocol and says nothing more keeps neither a request, nor a
// test event, nor the server from stopping.
func TestSwitchedProtocol(t *testing.T) {
	t.Parallel()
	hanging, came := make(chan struct{}), make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "other")
		w.WriteHeader(http.StatusSwitchingProtocols)
		_ = http.NewResponseController(w).Flush()
		came <- struct{}{}
		<-hanging
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hanging) })
	db, x, stop := serve(t, outbox.Endpoint{Name: "dispatch", Sender: clientOf(t, Options{URL: redacted.String(server.URL), Keys: []redacted.String{testKey}})})
	write(t, db, "P")
	<-came
	if got, err := x.Test(t.Context(), "dispatch", "gh_1", "token"); err != nil || got.Failure != "status 101" {
		t.Errorf("%+v, %v", got, err)
	}
	stop()
	db.WantInt(t, 1, `SELECT count(*) FROM event_retry WHERE attempts = 1 AND last_failure = 'status 101'`)
}

// serve delivers the events of a database to an endpoint until stop.
func serve(t *testing.T, e outbox.Endpoint) (db storetest.Database, x *outbox.Outbox, stop func()) {
	t.Helper()
	db = storetest.NewDatabase(t)
	pool, err := pg.Open(t.Context(), pg.Options{
		URL: db.URL, MaxConns: 8, LockTimeout: storetest.Patience, StatementTimeout: storetest.Patience, ConnectTimeout: storetest.Patience,
	})
	storetest.Must(t, err)
	t.Cleanup(pool.Close)
	h := events.NewHorizon(pool)
	x = outbox.New(outbox.Options{
		Endpoints: []outbox.Endpoint{e}, Log: events.NewDeliveries(pool), Horizon: h, Retention: time.Hour,
		Logger: zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel)),
	})
	ctx, cancel := context.WithCancel(context.Background())
	over, known := make(chan struct{}), make(chan struct{})
	go func() { defer close(known); h.Run(ctx, zap.NewNop()) }()
	go func() { defer close(over); x.Run(ctx) }()
	stop = func() {
		cancel()
		<-over
		<-known
	}
	t.Cleanup(stop)
	db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE leased_by IS NOT NULL`)
	return db, x, stop
}

// write writes an event.
func write(t *testing.T, db storetest.Database, parcel string) {
	t.Helper()
	db.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'waybill.scanned', $1, gen_random_uuid(), '{}')`, parcel)
}
