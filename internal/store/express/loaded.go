package express

import (
	"carrierhook/internal/store/batch"
	"carrierhook/internal/waybill"
)

// loaded is what a transaction loads for the decisions about merchants' pushes.
type loaded struct {
	batch.Clock
	merchants map[string]*waybill.Merchant
}
