package instant_test

import (
	"context"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
)

// Nothing is said to be done whose row was not written.
func TestWritten(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	push := func(r delivery.Request) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := d.DecidePush(ctx, r)
			return err
		}
	}
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "pushed"))
	number := d.MustAccept(t, instanttest.Order(2, delivery.Add, "reported")).WaybillID
	report := func(ctx context.Context) error {
		_, err := d.ReportStatus(ctx, instanttest.Report("reported", delivery.Assigned, 1, instanttest.Of(number)))
		return err
	}
	d.WantWritten(t, "a tip", "delivery_attempt", push(instanttest.FollowUp(3, delivery.Tip, "pushed", instanttest.Tips("7.25"))))
	d.WantWritten(t, "a report", "delivery_attempt", report)
	d.WantWritten(t, "what is found done", "delivery_order", report)
	d.MustAccept(t, instanttest.FollowUp(4, delivery.Cancel, "pushed"))
	d.WantWritten(t, "an order placed again", "delivery_order", push(instanttest.Order(5, delivery.Readd, "pushed")))
}
