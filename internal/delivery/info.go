package delivery

// The limits of order_info, of texts in characters: WeChat's, and the carrier's own where
// WeChat has none.
const (
	maxPoiSeq      = 32
	maxNote        = 200
	maxServiceCode = 128
	maxTips        = Fen(1000_00)
)

// newOrder reads an order. The reason is the first fault in the order of the checks, and the
// field the one that has it.
func newOrder(f OrderFields) (o Order, why Reason, field string) {
	var receiver, sender, cargo, info string
	o.Receiver, receiver = newContact(f.Receiver)
	o.Sender, sender = newContact(f.Sender)
	o.Cargo, cargo = newCargo(f.Cargo)
	why, info = o.info(f.Info)
	switch {
	case receiver != "":
		return o, ReceiverWrong, "receiver." + receiver
	case sender != "":
		return o, SenderWrong, "sender." + sender
	case cargo != "":
		return o, CargoWrong, "cargo." + cargo
	case why != "":
		return o, why, "order_info." + info
	}
	return o, "", ""
}

// expectedField stands for the three expected times where there is none.
const expectedField = "expected_delivery_time"

// info reads how the order is to be delivered. order_time, when the shop took it, is only
// checked.
func (o *Order) info(f InfoFields) (why Reason, field string) {
	var r reader
	o.ServiceCode = r.line("delivery_service_code", f.ServiceCode, maxServiceCode)
	o.Booked = r.flag("order_type", f.OrderType)
	o.PoiSeq, o.Note = r.line("poi_seq", f.PoiSeq, maxPoiSeq), r.line("note", f.Note, maxNote)
	r.moment("order_time", f.OrderTime)
	o.Direct = r.flag("is_direct_delivery", f.IsDirect)
	o.CashOnDelivery, o.CashOnPickup = r.amount("cash_on_delivery", f.CashOnDelivery, maxAmount), r.amount("cash_on_pickup", f.CashOnPickup, maxAmount)
	o.PickMethod = int(r.count("rider_pick_method", f.PickMethod, 2))
	o.FinishCode, o.PickupCode = r.flag("is_finish_code_needed", f.FinishCodeNeeded), r.flag("is_pickup_code_needed", f.PickupCodeNeeded)

	var times, insurance, tips reader
	o.Expected = latest(times.moment(expectedField, f.ExpectedDelivery), times.moment("expected_finish_time", f.ExpectedFinish), times.moment("expected_pick_time", f.ExpectedPickUp))
	times.need(expectedField, !o.Booked || !o.Expected.IsZero())
	o.Insured = insurance.flag("is_insured", f.IsInsured)
	o.DeclaredValue = insurance.amount("declared_value", f.DeclaredValue, maxAmount)
	insurance.need("declared_value", !o.Insured || o.DeclaredValue > 0)
	o.Tips = tips.amount("tips", f.Tips, maxTips)
	switch {
	case r.failed():
		return OrderInfoWrong, r.Field()
	case times.failed():
		return ExpectedTimeWrong, times.Field()
	case insurance.failed():
		return InsuranceWrong, insurance.Field()
	case tips.failed():
		return TipsWrong, tips.Field()
	}
	return "", ""
}
