package express

import (
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pushlog"
)

// CancelSQL is what a batch of cancels sends between BEGIN and COMMIT, in this order, the
// events where somebody wants them,
// for a program that measures it. The parameters are those of the code that sends it.
var CancelSQL = struct{ Limits, Lock, Merchants, Cancel, Ledger, Events string }{
	batch.SetLimits, lockWaybills, readMerchants, cancelWaybills, pushlog.InsertSQL, events.InsertSQL,
}
