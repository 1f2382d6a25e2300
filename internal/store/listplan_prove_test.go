//go:build prove

package store_test

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// The plans of a carrier's ledger as it is after a while.
func TestProveListPlans(t *testing.T) { listPlansOf(t, storetest.WholeTables) }
