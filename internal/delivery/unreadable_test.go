package delivery

import (
	"reflect"
	"testing"
)

// unreadable is the text of a member that had a wrong type on the wire.
const unreadable = "\xff"

// partsOf has the parts of an order, by the reason of their faults.
var partsOf = map[Reason]func(*OrderFields) any{
	ReceiverWrong:  func(f *OrderFields) any { return &f.Receiver },
	SenderWrong:    func(f *OrderFields) any { return &f.Sender },
	CargoWrong:     func(f *OrderFields) any { return &f.Cargo },
	OrderInfoWrong: func(f *OrderFields) any { return &f.Info },
}

// ownReasons has the members of order_info that have their own reason.
var ownReasons = map[string]Reason{
	"ExpectedDelivery": ExpectedTimeWrong, "ExpectedFinish": ExpectedTimeWrong, "ExpectedPickUp": ExpectedTimeWrong,
	"IsInsured": InsuranceWrong, "DeclaredValue": InsuranceWrong, "Tips": TipsWrong,
}

// spelt has the members as the push spells them, by their parts.
var spelt = map[Reason]map[string]string{
	ReceiverWrong: speltContact("receiver."), SenderWrong: speltContact("sender."),
	CargoWrong: {
		"Value": "cargo.goods_value", "Height": "cargo.goods_height", "Length": "cargo.goods_length", "Width": "cargo.goods_width", "Weight": "cargo.goods_weight",
		"PickupInfo": "cargo.goods_pickup_info", "DeliveryInfo": "cargo.goods_delivery_info", "FirstClass": "cargo.cargo_first_class", "SecondClass": "cargo.cargo_second_class",
	},
	OrderInfoWrong: {
		"ServiceCode": "order_info.delivery_service_code", "OrderType": "order_info.order_type", "ExpectedDelivery": "order_info.expected_delivery_time", "ExpectedFinish": "order_info.expected_finish_time",
		"ExpectedPickUp": "order_info.expected_pick_time", "PoiSeq": "order_info.poi_seq", "Note": "order_info.note", "OrderTime": "order_info.order_time", "IsInsured": "order_info.is_insured",
		"DeclaredValue": "order_info.declared_value", "Tips": "order_info.tips", "IsDirect": "order_info.is_direct_delivery", "CashOnDelivery": "order_info.cash_on_delivery", "CashOnPickup": "order_info.cash_on_pickup",
		"PickMethod": "order_info.rider_pick_method", "FinishCodeNeeded": "order_info.is_finish_code_needed", "PickupCodeNeeded": "order_info.is_pickup_code_needed",
	},
}

var speltGoods = map[string]string{
	"Count": "cargo.goods_detail.goods.good_count", "Name": "cargo.goods_detail.goods.good_name", "Price": "cargo.goods_detail.goods.good_price", "Unit": "cargo.goods_detail.goods.good_unit",
}

func speltContact(part string) map[string]string {
	return map[string]string{
		"Name": part + "name", "City": part + "city", "Address": part + "address", "AddressDetail": part + "address_detail", "Phone": part + "phone",
		"Lng": part + "lng", "Lat": part + "lat", "CoordinateType": part + "coordinate_type",
	}
}

// No member of an order may be unreadable, even if it is optional or decides nothing: the
// order is refused with the reason of its part, and the member is named as the push spells
// it.
func TestUnreadableMembers(t *testing.T) {
	refused := func(what string, f OrderFields, want Reason, field string) {
		t.Helper()
		for _, kind := range []Kind{Precreate, Add, Readd} {
			var prior *PlacedOrder
			if kind == Readd {
				prior = placed(CancelledEarly)
			}
			if got := decide(kind, prior, func(s *scene) { s.f = f }); got.Reason != want || got.Field != field {
				t.Errorf("%s: %s: %s of %q, want %s of %q", kind, what, got.Reason, got.Field, want, field)
			}
		}
	}
	refused("nothing", orderFields(), Accepted, "")
	for why, part := range partsOf {
		whole := orderFields()
		for i := 1; i < reflect.ValueOf(part(&whole)).Elem().NumField(); i++ { // the first hides them
			one := orderFields()
			name := reflect.TypeOf(part(&one)).Elem().Field(i).Name
			want := why
			if own, ok := ownReasons[name]; ok {
				want = own
			}
			for _, f := range []*OrderFields{&one, &whole} {
				if field := reflect.ValueOf(part(f)).Elem().Field(i); field.Kind() == reflect.String {
					field.SetString(unreadable)
				}
			}
			if name != "Goods" {
				refused(name, one, want, spelt[why][name])
			}
		}
		refused("all of it", whole, why, spelt[why][map[Reason]string{ReceiverWrong: "Name", SenderWrong: "Name", CargoWrong: "Value", OrderInfoWrong: "ServiceCode"}[why]])
	}
	for i := 1; i < reflect.TypeFor[GoodsFields]().NumField(); i++ {
		f := orderFields()
		reflect.ValueOf(&f.Cargo.Goods[1]).Elem().Field(i).SetString(unreadable)
		refused("a line of goods", f, CargoWrong, speltGoods[reflect.TypeFor[GoodsFields]().Field(i).Name])
	}
}
