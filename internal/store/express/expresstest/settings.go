package expresstest

import (
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Policy is the one that tests decide by.
var Policy = waybill.Policy{Window: 720 * time.Hour, SignedGrace: 72 * time.Hour, NoCancel: []string{"same_day"}}

// ResultCode stands in for the wire's table.
func ResultCode(event, reason string) int {
	why := waybill.Reason(reason)
	if event == "cancel_waybill" {
		return map[waybill.Reason]int{
			waybill.Accepted: 0, waybill.AlreadyCancelled: 30003, waybill.SignedLongAgo: 30003, waybill.SignedRecently: 30002, waybill.NotBooked: 30002,
			waybill.Charged: 30002, waybill.WindowPassed: 30003, waybill.MerchantContract: 30004, waybill.ServiceContract: 30004,
			waybill.BadIDs: 30001, waybill.UnknownMerchant: 30001, waybill.WrongPassword: 30001, waybill.UnknownWaybill: 30001,
			waybill.IDsMismatch: 30001, waybill.ShopMismatch: 30001,
		}[why]
	}
	code, ok := map[waybill.Reason]int{
		waybill.Accepted: 0, waybill.BadIDs: 10001, waybill.UnknownMerchant: 10001, waybill.WrongPassword: 10002,
		waybill.NumberOutOfRange: 20001, waybill.NumberTaken: 20001,
		waybill.SenderIncomplete: 20002, waybill.SenderNotServed: 20003,
		waybill.ReceiverIncomplete: 20004, waybill.ReceiverNotServed: 20005, waybill.BadCargo: 20006,
		waybill.FailedReview: 10001, waybill.QuotaUsedUp: 20007, waybill.BadInsurance: 20008, waybill.UnknownService: 20009, waybill.ServiceNotCovered: 20009,
	}[why]
	if !ok {
		return -1
	}
	return code
}

// passwordHash makes the hash of pw once: it is slow.
var passwordHash = sync.OnceValues(func() (string, error) { return express.HashFor("", "pw") })

// AddMerchant puts merchant B there, whose password is pw, if it is not.
func AddMerchant(tb testing.TB, d storetest.Database) {
	tb.Helper()
	hash, err := passwordHash()
	storetest.Must(tb, err)
	d.Exec(tb, `INSERT INTO merchant (biz_id, password_hash) VALUES ('B', $1) ON CONFLICT DO NOTHING`, hash)
}

// AddOffer puts a small carrier's catalogue there, and merchant P, whose password is pw
// too, and who has paid for quota waybills.
func AddOffer(tb testing.TB, d storetest.Database, quota int) {
	tb.Helper()
	d.Exec(tb, `INSERT INTO merchant (biz_id, password_hash) SELECT 'P', password_hash FROM merchant WHERE biz_id = 'B'`)
	d.Exec(tb, `INSERT INTO quota VALUES ('P', $1)`, quota)
	d.Exec(tb, Offer)
}
