package store_test

import (
	"context"
	"testing"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// Events are written, read and delivered in every query mode that the pool can be set to.
func TestEventQueryModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := newBookingStore(t, 1, queryMode(mode), func(o store.Options) store.Options {
				o.Events = events.WriterOptions{Account: "gh", Kinds: event.Kinds(), QuotaMark: 1}
				return o
			})
			d.AddWaybills(t, "W1")
			ctx, stop := context.WithCancel(context.Background())
			over := make(chan struct{})
			go func() {
				defer close(over)
				d.Horizon.Run(ctx, zap.NewNop())
			}()
			defer func() { stop(); <-over }()
			storetest.Must(t, d.Deliveries.AddEndpoints(ctx, []string{"one"}, 0))
			d.MustCancel(t, expresstest.CancelPush(1, "W1"))
			d.Booked(t, expresstest.OrderPush(2, "P", "O1")) // the quota is low
			storetest.Must(t, d.Horizon.Wait(ctx, 2))

			l, ok, err := d.Deliveries.Lease(ctx, "one", [16]byte{1}, time.Minute)
			if !ok || err != nil {
				t.Fatalf("leased: %t, %v", ok, err)
			}
			page, next, err := d.Deliveries.ReadPage(ctx, events.Page{Endpoint: "one", Kinds: event.Kinds(), UpTo: 3, Limit: 10})
			if err != nil || len(page) != 3 || next != 3 {
				t.Fatalf("%d events up to %d: %v", len(page), next, err)
			}
			kinds := map[event.Kind]bool{}
			for _, e := range page {
				kinds[e.Kind] = true
			}
			if !kinds[event.WaybillCancelled] || !kinds[event.WaybillBooked] || !kinds[event.MerchantQuotaLow] {
				t.Errorf("the events are of %v", kinds)
			}
			d.checkpoint(t, events.Checkpoint{Lease: l, To: 3, Add: []events.Retry{{Delivery: page[0]}, {Delivery: page[1]}}, Bury: []events.Retry{{Delivery: page[2]}}})
			due, err := d.Deliveries.Due(ctx, "one", nil, 10)
			if err != nil || len(due) != 2 {
				t.Fatalf("%d are due: %v", len(due), err)
			}
			l.Position = 3
			d.checkpoint(t, events.Checkpoint{Lease: l, To: 3, Again: []events.Retry{{Delivery: due[0], Wait: time.Hour}}, Dead: []events.Retry{{Delivery: due[1]}}})
			d.checkpoint(t, events.Checkpoint{Lease: l, To: 3, Delivered: due[:1], Failing: true, Failure: "500"})
			storetest.Must(t, d.Deliveries.Release(ctx, l))
			if got := d.Int(t, `SELECT count(*) FROM event_dead`); got != 2 {
				t.Errorf("%d are dead, want 2", got)
			}
			scan := expresstest.ScanOf("W1", waybill.Collecting, 0)
			d.WantScan(t, scan, waybill.WaybillCancelled, waybill.Cancelled)
			if got := d.Int(t, `SELECT count(*) FROM event WHERE kind = 'waybill.scan_refused'`); got != 1 {
				t.Errorf("%d refused scans have their event", got)
			}
		})
	}
}

func (d testStore) checkpoint(t *testing.T, c events.Checkpoint) {
	t.Helper()
	c.Until = time.Minute
	_, _, err := d.Deliveries.Checkpoint(t.Context(), c)
	storetest.Must(t, err)
}
