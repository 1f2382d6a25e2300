package express_test

import (
	"context"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// Nothing is said to be done whose row was not written.
func TestWritten(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 10)
	d.warm(t, 100)
	d.AddWaybills(t, "cancelled", "charged", "moved", "again")
	charge := func(id string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := d.Charge(ctx, waybill.Charge{BizID: "B", WaybillID: id, At: expresstest.DayOne.Add(time.Hour)})
			return err
		}
	}
	d.WantWritten(t, "a cancel", "waybill", func(ctx context.Context) error {
		_, err := d.Cancel(ctx, expresstest.CancelPush(1, "cancelled"))
		return err
	})
	d.WantWritten(t, "a charge", "waybill", charge("charged"))
	d.WantWritten(t, "a scan", "waybill", func(ctx context.Context) error {
		_, err := d.Scan(ctx, expresstest.ScanOf("moved", waybill.Collecting, 0))
		return err
	})
	if err := charge("again")(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.WantWritten(t, "what is found done", "waybill", charge("again"))
	d.WantWritten(t, "a quota", "quota", func(ctx context.Context) error {
		_, err := d.Book(ctx, expresstest.OrderPush(2, "P", "O1"))
		return err
	})
	// A waybill that is found in the same batch that makes it is not there to be written again.
	twice := expresstest.OrderPush(3, "P", "O2")
	if decided, err := d.DoubtfulBook(twice).Run(t.Context(), twice); !decided || err != nil {
		t.Errorf("an order in doubt behind itself: decided %t, %v", decided, err)
	}
}
