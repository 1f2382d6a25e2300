package events_test

import (
	"testing"
	"time"

	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

// A lease says whether the endpoint was failing.
func TestLeaseOfFailing(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	for i, failing := range []bool{true, false} {
		c.checkpoint(t, 0, func(_ []events.Delivery, cp *events.Checkpoint) { cp.Failing = failing })
		storetest.Must(t, c.Release(t.Context(), c.lease))
		l, ok, err := c.Lease(t.Context(), "dispatch", [16]byte{byte(i + 2)}, time.Minute)
		if err != nil || !ok || l.Failing != failing {
			t.Errorf("%+v, %v, %v; want %v", l, ok, err, failing)
		}
		c.lease = l
	}
}
