package maintenance

import (
	"context"
	"errors"
	"time"

	"carrierhook/internal/store"

	"go.uber.org/zap"
)

// Retention says how long data is kept that is dropped or erased in time. 0 keeps it
// for ever.
type Retention struct {
	Ledger     time.Duration
	Contacts   time.Duration
	Signatures time.Duration // of plain pushes: the window in which one is taken
}

// The tasks of a round, as carrierhook_maintenance_failures_total names them.
const (
	taskClock      = "clock"
	taskMerchants  = "merchants"
	taskLedger     = "ledger"
	taskSignatures = "signatures"
	taskContacts   = "contacts"
)

var tasks = []string{taskClock, taskMerchants, taskLedger, taskSignatures, taskContacts}

// Result is what a round found and did.
type Result struct {
	Clock      store.Clock
	Merchants  int // without a password
	Ledger     store.Maintenance
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
// database's clock is in doubt, nothing is dropped and nothing erased.
func Round(ctx context.Context, st Store, ex Express, keep Retention) Result {
	r := Result{errs: map[string]error{}}
	r.Clock, r.errs[taskClock] = st.CheckClock(ctx)
	if r.errs[taskClock] != nil {
		keep = Retention{}
	}
	r.Merchants, r.errs[taskMerchants] = ex.MerchantsWithoutPassword(ctx)
	r.Ledger, r.errs[taskLedger] = st.MaintainLedger(ctx, keep.Ledger)
	r.Signatures, r.errs[taskSignatures] = st.ForgetSignatures(ctx, keep.Signatures)
	r.Contacts, r.errs[taskContacts] = st.EraseContacts(ctx, keep.Contacts)
	return r
}

// report counts and logs what a round did.
func (m *Maintenance) report(r Result) {
	m.erased.Add(float64(r.Contacts))
	if errors.Is(r.errs[taskClock], store.ErrClockNotTrusted) {
		m.failure(r, taskClock, "clock not trusted, nothing is erased",
			zap.Time("database", r.Clock.Database), zap.Float64("difference_seconds", r.Clock.Difference().Seconds()))
	} else {
		m.failure(r, taskClock, "clock check failed, nothing is erased")
	}
	if !m.failure(r, taskMerchants, "counting merchants without a password failed") && r.Merchants > 0 {
		m.Log.Warn("merchants without a password", zap.Int("merchants", r.Merchants))
	}
	ahead, signatures, bookings := zap.Int("months_ahead", r.Ledger.MonthsLeft), zap.Int64("signatures", r.Signatures), zap.Int64("bookings", r.Contacts)
	if !m.failure(r, taskLedger, "ledger maintenance failed", ahead) {
		m.Log.Info("ledger maintenance", ahead, zap.Int("months_dropped", r.Ledger.Dropped))
	}
	if !m.failure(r, taskSignatures, "erasing signatures failed", signatures) && r.Signatures > 0 {
		m.Log.Info("erased signatures", signatures)
	}
	if !m.failure(r, taskContacts, "erasing personal data failed", bookings) {
		m.Log.Info("erased personal data", bookings)
	}
}

// failure reports whether a task failed, and counts and logs that.
func (m *Maintenance) failure(r Result, task, message string, fields ...zap.Field) bool {
	err := r.errs[task]
	if err == nil {
		return false
	}
	m.failed.WithLabelValues(task).Inc()
	m.Log.Error(message, append([]zap.Field{zap.Error(err)}, fields...)...)
	return true
}
