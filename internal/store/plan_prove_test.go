//go:build prove

package store_test

import "testing"

// The plans of a carrier's tables as they are after a while.
var (
	wholeTables     = scale{merchants: 100_000, waybills: 1_000_000, scans: 100_000, shops: 20_000, orders: 200_000, pushes: 600_000}
	wholeDeliveries = scale{orders: 100_000, pushes: 300_000}
)

func TestProvePlans(t *testing.T) { plansOf(t, wholeTables) }

func TestProveDeliveryPlans(t *testing.T) { deliveryPlansOf(t, wholeDeliveries) }

func TestProveStatusPlans(t *testing.T) { statusPlansOf(t, wholeDeliveries) }
