package delivery

import (
	"strings"
	"time"
)

// WeChat's limits of how an order is to be delivered, in characters, and the
// carrier's own, where it has none.
const (
	maxPoiSeq      = 32
	maxNote        = 200
	maxServiceCode = 128
	maxTips        = Fen(1000_00)
)

// newOrder reads an order, or says the first of what is wrong with it, in the
// order of the checks.
func newOrder(f OrderFields) (Order, Reason) {
	var o Order
	var isReceiver, isSender, isCargo bool
	o.Receiver, isReceiver = newContact(f.Receiver)
	o.Sender, isSender = newContact(f.Sender)
	o.Cargo, isCargo = newCargo(f.Cargo)
	why := o.info(f.Info)
	switch {
	case !isReceiver:
		why = ReceiverWrong
	case !isSender:
		why = SenderWrong
	case !isCargo:
		why = CargoWrong
	}
	return o, why
}

// info reads how the order is to be delivered. When the shop took it (order_time)
// is read, and of no use.
func (o *Order) info(f InfoFields) Reason {
	var r reader
	o.ServiceCode = r.line(f.ServiceCode, maxServiceCode)
	o.Booked = r.flag(f.OrderType)
	o.PoiSeq, o.Note = r.line(f.PoiSeq, maxPoiSeq), r.lines(f.Note, maxNote)
	r.moment(f.OrderTime)
	o.Direct = r.flag(f.IsDirect)
	o.CashOnDelivery, o.CashOnPickup = r.amount(f.CashOnDelivery, maxAmount, false), r.amount(f.CashOnPickup, maxAmount, false)
	o.PickMethod = r.pickMethod(f.PickMethod)
	o.FinishCode, o.PickupCode = r.flag(f.FinishCodeNeeded), r.flag(f.PickupCodeNeeded)

	var times, insurance, tips reader
	o.Expected = latest(times.moment(f.ExpectedDelivery), times.moment(f.ExpectedFinish), times.moment(f.ExpectedPickUp))
	times.need(!o.Booked || !o.Expected.IsZero())
	o.Insured = insurance.flag(f.IsInsured)
	o.DeclaredValue = insurance.amount(f.DeclaredValue, maxAmount, false)
	insurance.need(!o.Insured || o.DeclaredValue > 0)
	o.Tips = tips.amount(f.Tips, maxTips, false)
	switch {
	case r.failed:
		return OrderInfoWrong
	case times.failed:
		return ExpectedTimeWrong
	case insurance.failed:
		return InsuranceWrong
	case tips.failed:
		return TipsWrong
	}
	return ""
}

// pickMethod reads 1 or 2, or nothing.
func (r *reader) pickMethod(s string) int {
	n := r.count(s, 2)
	r.need(n > 0 || strings.TrimSpace(s) == "")
	return int(n)
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
