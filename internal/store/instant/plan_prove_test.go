//go:build prove

package instant_test

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// The plans of tables as they are after a while.
var wholeDeliveries = storetest.Scale{Orders: 100_000, Pushes: 300_000}

func TestProvePlans(t *testing.T) { plansOf(t, storetest.WholeTables) }

func TestProveDeliveryPlans(t *testing.T) { deliveryPlansOf(t, wholeDeliveries) }

func TestProveStatusPlans(t *testing.T) { statusPlansOf(t, wholeDeliveries) }
