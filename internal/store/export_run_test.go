package store

import "carrierhook/internal/store/batch"

// SetLimitsSQL is what comes before the statements of a batch: it takes three timeouts.
const SetLimitsSQL = batch.SetLimits
