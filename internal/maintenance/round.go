package maintenance

import (
	"context"
	"errors"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"

	"go.uber.org/zap"
)

// Retention says how long data is kept that is dropped or erased in time. 0 keeps it
// for ever.
type Retention struct {
	Ledger     time.Duration
	Contacts   time.Duration
	Events     time.Duration
	Endpoints  map[string][]event.Kind // of the configuration, each with the kinds that it wants
	Signatures time.Duration           // of plain pushes: the window in which one is taken
}

// The tasks of a round, as carrierhook_maintenance_failures_total names them.
const (
	taskClock      = "clock"
	taskMerchants  = "merchants"
	taskLedger     = "ledger"
	taskEvents     = "events"
	taskSignatures = "signatures"
	taskContacts   = "contacts"
)

var tasks = []string{taskClock, taskMerchants, taskLedger, taskEvents, taskSignatures, taskContacts}

// Result is what a round found and did.
type Result struct {
	Clock      store.Clock
	Merchants  int // without a password
	Ledger     store.Maintenance
	Events     store.EventMaintenance
	Signatures int64 // erased
	Contacts   int64 // bookings and attempts of instant delivery whose contacts were erased
	errs       map[string]error
}

// Err joins what failed; nil if nothing did.
func (r Result) Err() error {
	var errs []error
	for _, task := range tasks {
		errs = append(errs, r.errs[task])
	}
	return errors.Join(errs...)
}

// Round does all that is due. What can be done is done, whatever else fails. While the
// database's clock is in doubt, nothing is dropped and nothing erased. done is called
// after each task: the next one may take hours.
func Round(ctx context.Context, st Store, ex Express, keep Retention, done func(task string, r Result)) Result {
	r := Result{errs: map[string]error{}}
	after := func(task string, err error) {
		r.errs[task] = err
		done(task, r)
	}
	var err error
	r.Clock, err = st.CheckClock(ctx)
	after(taskClock, err)
	if err != nil {
		keep = Retention{}
	}
	r.Merchants, err = ex.MerchantsWithoutPassword(ctx)
	after(taskMerchants, err)
	r.Ledger, err = st.MaintainLedger(ctx, keep.Ledger)
	after(taskLedger, err)
	r.Events, err = st.MaintainEvents(ctx, keep.Events, keep.Endpoints)
	after(taskEvents, err)
	r.Signatures, err = st.ForgetSignatures(ctx, keep.Signatures)
	after(taskSignatures, err)
	r.Contacts, err = st.EraseContacts(ctx, keep.Contacts)
	after(taskContacts, err)
	return r
}

// report counts and logs what a task found and did.
func (m *Maintenance) report(task string, r Result) {
	signatures, bookings := zap.Int64("signatures", r.Signatures), zap.Int64("bookings", r.Contacts)
	ahead := zap.Int("months_ahead", r.Ledger.MonthsLeft)
	switch err := r.errs[task]; task {
	case taskClock:
		switch {
		case errors.Is(err, store.ErrClockNotTrusted):
			m.failure(task, "clock not trusted, nothing is erased", err,
				zap.Time("database", r.Clock.Database), zap.Float64("difference_seconds", r.Clock.Difference().Seconds()))
		case err != nil:
			m.failure(task, "clock check failed, nothing is erased", err)
		}
	case taskMerchants:
		switch {
		case err != nil:
			m.failure(task, "counting merchants without a password failed", err)
		case r.Merchants > 0:
			m.Log.Warn("merchants without a password", zap.Int("merchants", r.Merchants))
		}
	case taskLedger:
		if err != nil {
			m.failure(task, "ledger maintenance failed", err, ahead)
			return
		}
		m.Log.Info("ledger maintenance", ahead, zap.Int("months_dropped", r.Ledger.Dropped))
	case taskEvents:
		m.expired.Add(float64(r.Events.Dead))
		days := zap.Int("days_ahead", r.Events.DaysLeft)
		if err != nil {
			m.failure(task, "event maintenance failed", err, days)
			return
		}
		if r.Events.Waits != "" {
			m.Log.Warn("no events are dropped: an endpoint is in the configuration of another server only", zap.String("endpoint", r.Events.Waits))
		}
		m.Log.Info("event maintenance", days, zap.Int("days_dropped", r.Events.Dropped), zap.Int64("dead", r.Events.Dead), zap.Int64("removed", r.Events.Removed))
	case taskSignatures:
		switch {
		case err != nil:
			m.failure(task, "erasing signatures failed", err, signatures)
		case r.Signatures > 0:
			m.Log.Info("erased signatures", signatures)
		}
	case taskContacts:
		m.erased.Add(float64(r.Contacts))
		if err != nil {
			m.failure(task, "erasing personal data failed", err, bookings)
			return
		}
		m.Log.Info("erased personal data", bookings)
	}
}

func (m *Maintenance) failure(task, message string, err error, fields ...zap.Field) {
	m.failed.WithLabelValues(task).Inc()
	m.Log.Error(message, append([]zap.Field{zap.Error(err)}, fields...)...)
}
