package delivery

// The limits of order_info, of texts in characters: WeChat's, and the carrier's own where
// WeChat has none.
const (
	maxPoiSeq      = 32
	maxNote        = 200
	maxServiceCode = 128
	maxTips        = Fen(1000_00)
)

// newOrder reads an order. The reason is the first fault in the order of the checks.
func newOrder(f OrderFields) (Order, Reason) {
	var o Order
	var receiver, sender, cargo bool
	o.Receiver, receiver = newContact(f.Receiver)
	o.Sender, sender = newContact(f.Sender)
	o.Cargo, cargo = newCargo(f.Cargo)
	why := o.info(f.Info)
	switch {
	case !receiver:
		why = ReceiverWrong
	case !sender:
		why = SenderWrong
	case !cargo:
		why = CargoWrong
	}
	return o, why
}

// info reads how the order is to be delivered. order_time, when the shop took it, is only
// checked.
func (o *Order) info(f InfoFields) Reason {
	var r reader
	o.ServiceCode = r.line(f.ServiceCode, maxServiceCode)
	o.Booked = r.flag(f.OrderType)
	o.PoiSeq, o.Note = r.line(f.PoiSeq, maxPoiSeq), r.line(f.Note, maxNote)
	r.moment(f.OrderTime)
	o.Direct = r.flag(f.IsDirect)
	o.CashOnDelivery, o.CashOnPickup = r.amount(f.CashOnDelivery, maxAmount), r.amount(f.CashOnPickup, maxAmount)
	o.PickMethod = int(r.count(f.PickMethod, 2))
	o.FinishCode, o.PickupCode = r.flag(f.FinishCodeNeeded), r.flag(f.PickupCodeNeeded)

	var times, insurance, tips reader
	o.Expected = latest(times.moment(f.ExpectedDelivery), times.moment(f.ExpectedFinish), times.moment(f.ExpectedPickUp))
	times.need(!o.Booked || !o.Expected.IsZero())
	o.Insured = insurance.flag(f.IsInsured)
	o.DeclaredValue = insurance.amount(f.DeclaredValue, maxAmount)
	insurance.need(!o.Insured || o.DeclaredValue > 0)
	o.Tips = tips.amount(f.Tips, maxTips)
	switch {
	case r.failed():
		return OrderInfoWrong
	case times.failed():
		return ExpectedTimeWrong
	case insurance.failed():
		return InsuranceWrong
	case tips.failed():
		return TipsWrong
	}
	return ""
}
