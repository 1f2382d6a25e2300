package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"
)

// wholeRecord is one of everything that a record can have.
func wholeRecord() delivery.OrderHistory {
	at := func(minute int) time.Time { return time.Date(2026, 11, 20, 8, minute, 30, 7e6, time.UTC) }
	first := delivery.Attempt{
		Number: 1, WaybillID: "CH1", Push: [32]byte{0xab, 1}, Account: "gh_a", WXToken: "hush-token", PlacedAt: at(0), ExpiresAt: at(30),
		Quote: delivery.Quote{Deliver: 7000, Coupon: 100, Insurance: 5, Metres: 34489}, FinishCode: 4711, PickupCode: 1147,
		Status: delivery.PickupCancelled, StatusAt: at(20), Message: "rider 13800000000", TipsNow: 550, Deducted: 200, CancelPush: [32]byte{2}, CancelReason: 4,
	}
	second := delivery.Attempt{
		Number: 2, WaybillID: "CH2", Push: [32]byte{3}, Account: "gh_b", PlacedAt: at(21), ExpiresAt: at(51), Quote: delivery.Quote{Deliver: 500, Metres: 7},
		Status: delivery.Waiting, StatusAt: at(21), Expired: true,
	}
	return delivery.OrderHistory{
		ShopID: "s1", OrderID: "o1", ShopNo: "n1",
		Attempts: []delivery.AttemptHistory{
			{Attempt: first, Steps: []delivery.Step{
				{Status: delivery.Waiting, At: at(0), RecordedAt: at(0), RecordedBy: "push"},
				{Status: delivery.Assigned, At: at(5), Message: "rider 13800000000", RecordedAt: at(6), RecordedBy: "dispatch"},
			}},
			{Attempt: second, Steps: []delivery.Step{{Status: delivery.Waiting, At: at(21), RecordedAt: at(21), RecordedBy: "push"}}},
		},
	}
}

// What show says of an instant delivery is as it was, letter by letter, and has neither
// a rider's number nor what opens a parcel or speaks for the order.
func TestShowDelivery(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	showDelivery(&got, wholeRecord())
	code := 1033
	showEntries(&got, []ledger.Entry{{
		At: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Event: wechat.EventReaddOrder, Format: "xml", Mode: "secure", Account: "gh_b", OrderID: "o1",
		Push: ledger.PushID{9}, ResultCode: &code, Reason: string(delivery.OrderUnderWay), Took: time.Millisecond,
	}}, false)
	fmt.Fprintln(&got)
	erased := wholeRecord()
	erased.Erased, erased.Attempts = true, erased.Attempts[1:]
	showDelivery(&got, erased)
	for _, hidden := range []string{"13800000000", "hush", "4711", "1147"} {
		if strings.Contains(got.String(), hidden) {
			t.Errorf("%s is shown", hidden)
		}
	}
	golden(t, "showdelivery.golden", got.String(), true)
}
