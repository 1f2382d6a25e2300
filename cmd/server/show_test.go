package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// wholeHistory is one of everything that a history can have.
func wholeHistory() waybill.History {
	at := func(minute int) time.Time {
		return time.Date(2026, 11, 20, 8, minute, 30, 7e6, time.FixedZone("CST", 8*3600))
	}
	code := 30002
	return waybill.History{
		Waybill: &waybill.Waybill{
			BizID: "xyz", ID: "W1", OrderID: "O1", ShopAppID: "wxABCD", Service: "STD", Account: "gh_a", Status: waybill.Signed, FromQuota: true,
			BookedAt: at(0), CollectedAt: at(10), ChargedAt: at(11), SignedAt: at(20), ScannedAt: at(12),
		},
		Booking: &waybill.Booking{Label: "##mark##", Pieces: 2, Grams: 1205, InsuredFen: 10050, HasContacts: true},
		Scans: []waybill.RecordedScan{
			{Action: waybill.Collecting, At: at(10), Message: "courier 13800000000 has it", Key: "k1", RecordedAt: at(12), RecordedBy: "hub"},
			{Action: waybill.Signing, At: at(20), Key: "k2", RecordedAt: at(20), RecordedBy: "courier-app"},
		},
		Pushes: []ledger.Entry{
			{At: at(30), Event: "cancel_waybill", Format: "xml", Mode: "secure", Account: "gh_b", OrderID: "O1", Push: ledger.PushID{0xab, 1}, ResultCode: &code, Reason: string(waybill.NotBooked), Repeat: true, Took: 1234 * time.Microsecond},
			{At: at(2), Event: "add_waybill", Format: "json", Mode: "plain", Account: "gh_a", OrderID: "O1", Push: ledger.PushID{2}, ResultCode: new(int), Reason: string(waybill.Accepted), Repeat: true, Took: time.Millisecond},
			{At: at(1), Event: "add_express_path", Format: "json", Mode: "plain", Account: "gh_a", OrderID: "O1", Push: ledger.PushID{3}, Reason: "ignored"},
		},
		More: true,
	}
}

// What show says of a waybill is as it was, letter by letter, and has nothing of
// what people wrote about the parcel.
func TestShowHistory(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	showHistory(&got, "xyz", "W1", wholeHistory())
	fmt.Fprintln(&got)
	cancelled := wholeHistory()
	w := cancelled.Waybill
	w.Status, w.CancelledAt, w.CancelledBy, w.SignedAt = waybill.Cancelled, w.SignedAt, ledger.PushID{0xab, 1}, time.Time{}
	cancelled.Booking.HasContacts, cancelled.Booking.InsuredFen = false, 0
	cancelled.Scans, cancelled.Pushes, cancelled.More = nil, nil, false
	showHistory(&got, "xyz", "W1", cancelled)
	fmt.Fprintln(&got)
	showHistory(&got, "xyz", "W2", waybill.History{Pushes: wholeHistory().Pushes[:1]})
	if strings.Contains(got.String(), "13800000000") {
		t.Error("a scan's message is shown")
	}
	golden(t, "show.golden", got.String(), true)
}
