//go:build prove

package express_test

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// The plans of a carrier's tables as they are after a while.
func TestProvePlans(t *testing.T) { plansOf(t, storetest.WholeTables) }
