package maintenance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"
	"carrierhook/internal/store/events"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// call is one thing that the store was asked to do, and when.
type call struct {
	what string
	keep time.Duration
	at   time.Duration // since the start
}

// recorder is a store that keeps what it was asked, and fails as it is told to.
type recorder struct {
	begun     time.Time
	fails     func(what string, at time.Duration) error // nil: nothing fails
	erase     func(context.Context) error               // nil: at once
	schema    func(context.Context) error               // nil: at once
	catalogue func(context.Context) error               // likewise
	short     []string
	wait      string

	unknown func(at time.Duration) []string // nil: no services

	mu    sync.Mutex
	calls []call
}

func (s *recorder) did(what string, keep time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Since(s.begun)
	s.calls = append(s.calls, call{what, keep, at})
	if s.fails == nil {
		return nil
	}
	return s.fails(what, at)
}

// always is a fault of one kind of call.
func always(fails string, err error) func(string, time.Duration) error {
	return func(what string, _ time.Duration) error {
		if what == fails {
			return err
		}
		return nil
	}
}

func (s *recorder) CheckSchema(ctx context.Context) error {
	if s.schema != nil {
		return s.schema(ctx)
	}
	return s.did("schema", 0)
}

func (s *recorder) CheckRights(context.Context) error { return s.did("rights", 0) }

func (s *recorder) ShortTimeouts(context.Context) ([]string, error) { return s.short, nil }

func (s *recorder) LockWait(context.Context) (string, error) { return s.wait, nil }

func (s *recorder) RefreshCatalogue(ctx context.Context) error {
	if s.catalogue != nil {
		return s.catalogue(ctx)
	}
	return s.did("catalogue", 0)
}

func (s *recorder) CheckClock(context.Context) (store.Clock, error) {
	return store.Clock{}, s.did(taskClock, 0)
}

func (s *recorder) MaintainLedger(_ context.Context, keep time.Duration) (store.Maintenance, error) {
	return store.Maintenance{MonthsLeft: 3, Dropped: 1}, s.did(taskLedger, keep)
}

func (s *recorder) MaintainEvents(_ context.Context, keep time.Duration, endpoints map[string][]event.Kind) (store.EventMaintenance, error) {
	return store.EventMaintenance{DaysLeft: 3, Dropped: 1, Expired: events.Expired{Dead: int64(len(endpoints))}}, s.did(taskEvents, keep)
}

func (s *recorder) ForgetSignatures(_ context.Context, keep time.Duration) (int64, error) {
	return 5, s.did(taskSignatures, keep)
}

func (s *recorder) EraseContacts(ctx context.Context, keep time.Duration) (int64, error) {
	if s.erase != nil {
		return 0, s.erase(ctx)
	}
	return 7, s.did(taskContacts, keep)
}

func (s *recorder) UnknownServices() []string {
	if s.unknown == nil {
		return nil
	}
	return s.unknown(time.Since(s.begun))
}

func (s *recorder) MerchantsWithoutPassword(context.Context) (int, error) {
	return 2, s.did(taskMerchants, 0)
}

// of are the times of the calls of one kind.
func (s *recorder) of(what string) (at []time.Duration) {
	for _, c := range s.calls {
		if c.what == what {
			at = append(at, c.at)
		}
	}
	return at
}

// valueOf is what a counter or a gauge shows.
func valueOf(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.(prometheus.Metric).Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue() + m.GetGauge().GetValue()
}

var keep = Retention{Ledger: 1, Contacts: 2, Signatures: 3, Events: 4, Endpoints: map[string][]event.Kind{"a": nil}}

// runFor runs the maintenance of a store for so long.
func runFor(t *testing.T, st *recorder, length time.Duration) (m *Maintenance, log *observer.ObservedLogs, ready int) {
	t.Helper()
	core, log := observer.New(zap.InfoLevel)
	st.begun = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	m = New(Options{Store: st, Express: st, Retention: keep, Refresh: 20 * time.Minute, Ready: func() { ready++ }, Log: zap.New(core)})
	if err := m.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return m, log, ready
}

// A round does everything with its retention, and comes every hour.
func TestRounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{}
		m, log, ready := runFor(t, st, 90*time.Minute)
		for what, want := range map[string]time.Duration{taskClock: 0, taskMerchants: 0, taskLedger: 1, taskEvents: 4, taskSignatures: 3, taskContacts: 2} {
			if got := st.of(what); !slices.Equal(got, []time.Duration{0, time.Hour}) {
				t.Errorf("%s was done at %v", what, got)
			}
			for _, c := range st.calls {
				if c.what == what && c.keep != want {
					t.Errorf("%s keeps for %v, want %v", what, c.keep, want)
				}
			}
		}
		if ready != 1 || valueOf(t, m.erased) != 14 {
			t.Errorf("ready %d times, %v erased", ready, valueOf(t, m.erased))
		}
		if n := log.FilterMessage("event maintenance").FilterField(zap.Int64("dead", 1)).Len(); n != 2 || valueOf(t, m.expired) != 2 {
			t.Errorf("%d lines of events, %v expired", n, valueOf(t, m.expired))
		}
		if n := log.FilterMessage("erased personal data").FilterField(zap.Int64("bookings", 7)).Len(); n != 2 {
			t.Errorf("%d lines of what was erased", n)
		}
		if got := st.of("catalogue"); len(got) != 5 { // before it is ready, and every 20 minutes
			t.Errorf("the catalogue was read at %v", got)
		}
	})
}

// A task that fails keeps no other from being done, is counted and logged, and is
// tried again soon.
func TestRoundFails(t *testing.T) {
	t.Parallel()
	for _, task := range tasks {
		synctest.Test(t, func(t *testing.T) {
			st := &recorder{fails: always(task, errors.New("no room"))}
			m, log, _ := runFor(t, st, 7*time.Minute)
			for _, other := range tasks {
				if got := st.of(other); !slices.Equal(got, []time.Duration{0, 5 * time.Minute}) {
					t.Errorf("%s fails: %s was done at %v", task, other, got)
				}
				want := 0.0
				if other == task {
					want = 2
				}
				if got := valueOf(t, m.failed.WithLabelValues(other)); got != want {
					t.Errorf("%s fails: %v failures of %s", task, got, other)
				}
			}
			if n := log.FilterLevelExact(zap.ErrorLevel).Len(); n != 2 {
				t.Errorf("%s fails: %d lines", task, n)
			}
		})
	}
}

// What a round has done is logged before it begins what may take hours, and what the
// server's end interrupts is no failure.
func TestRoundIsLoggedAsItGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{fails: always(taskClock, store.ErrClockNotTrusted)}
		st.erase = func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		m, log, _ := runFor(t, st, 3*time.Hour)
		doubt := log.FilterMessage("clock not trusted, nothing is erased").All()
		if len(doubt) != 1 || !doubt[0].Time.Equal(st.begun) || log.FilterMessage("ledger maintenance").Len() != 1 {
			t.Errorf("of the clock %v, of the ledger %d", doubt, log.FilterMessage("ledger maintenance").Len())
		}
		if n := log.FilterMessage("erasing personal data failed").Len(); n != 0 || valueOf(t, m.failed.WithLabelValues(taskContacts)) != 0 {
			t.Error("the end of the server is taken for a failure")
		}
	})
}

// While the clock is in doubt, for whatever reason, nothing is dropped or erased.
func TestRoundWithClockInDoubt(t *testing.T) {
	t.Parallel()
	for _, err := range []error{store.ErrClockNotTrusted, errors.New("no answer")} {
		st := &recorder{fails: always(taskClock, err)}
		if r := Round(t.Context(), st, st, keep, func(string, Result) {}); !errors.Is(r.Err(), err) {
			t.Errorf("%v, want %v", r.Err(), err)
		}
		for _, c := range st.calls {
			if c.keep != 0 {
				t.Errorf("%v: %s keeps for %v", err, c.what, c.keep)
			}
		}
	}
}

// The log says when a refresh of the catalogue begins to fail and when it works again,
// and not at each try.
func TestRefreshFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{fails: func(what string, at time.Duration) error {
			if what == "catalogue" && at > 10*time.Minute && at < 70*time.Minute {
				return errors.New("no answer")
			}
			return nil
		}}
		m, log, _ := runFor(t, st, 110*time.Minute)
		if a, b := log.FilterMessage("catalogue refresh failed").Len(), log.FilterMessage("catalogue refresh recovered").Len(); a != 1 || b != 1 {
			t.Errorf("%d lines of failure and %d of recovery", a, b)
		}
		if got := valueOf(t, m.catalogueAge()); got != (10 * time.Minute).Seconds() {
			t.Errorf("the catalogue is %v seconds old", got)
		}
	})
}

// Until the database is reached it is tried every second; a schema that the program
// cannot work with ends the server.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, want := range []error{store.ErrSchemaBehind, store.ErrSchemaTooOld} {
		synctest.Test(t, func(t *testing.T) {
			st := &recorder{begun: time.Now(), fails: func(_ string, at time.Duration) error {
				if at < 2500*time.Millisecond {
					return errors.New("no answer")
				}
				return want
			}}
			m := New(Options{Store: st, Express: st, Ready: func() { t.Error("ready") }, Log: zap.NewNop()})
			if err := m.Run(t.Context()); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			if got := st.of("schema"); len(got) != 4 || got[3] != 3*time.Second {
				t.Errorf("tried at %v", got)
			}
		})
	}
}

// What the catalogue lacks of the services without cancelling is logged when it was read,
// and each time that it changes.
func TestUnknownServicesAreReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &recorder{unknown: func(at time.Duration) []string {
			switch {
			case at < 50*time.Minute:
				return []string{"standart"}
			case at < 90*time.Minute:
				return []string{"standart", "eco"}
			}
			return nil
		}}
		_, log, _ := runFor(t, st, 3*time.Hour)
		var got []string
		for _, l := range log.All() {
			if strings.Contains(l.Message, "services without cancelling") {
				got = append(got, fmt.Sprint(l.Level, " ", l.Time.Sub(st.begun), " ", l.ContextMap()["codes"]))
			}
		}
		if want := []string{"warn 0s [standart]", "warn 1h0m0s [standart eco]", "info 1h40m0s <nil>"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
