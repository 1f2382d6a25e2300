package wechat

import (
	"encoding/json"
	"encoding/xml"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"

	"pgregory.net/rapid"
)

// drawInstant draws an order whose texts a packet of that format can carry.
func drawInstant(t *rapid.T, f Format) InstantOrder {
	s, n := texts(f)
	texts := map[string]bool{
		"Name": true, "City": true, "Address": true, "AddressDetail": true, "Phone": true, "Unit": true, "PickupInfo": true, "DeliveryInfo": true,
		"FirstClass": true, "SecondClass": true, "ServiceCode": true, "PoiSeq": true, "Note": true,
	}
	fill := func(into any) {
		fields := reflect.ValueOf(into).Elem()
		for i := range fields.NumField() {
			field := fields.Type().Field(i)
			switch {
			case field.Type.Kind() != reflect.String:
			case texts[field.Name]:
				fields.Field(i).SetString(s.Draw(t, field.Name))
			default:
				fields.Field(i).SetString(n.Draw(t, field.Name))
			}
		}
	}
	m := InstantOrder{
		ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"), CreateTime: rapid.Int64().Draw(t, "time"), Event: s.Draw(t, "event"),
		WXToken: s.Draw(t, "wx"), DeliveryToken: s.Draw(t, "price"), ShopID: s.Draw(t, "shop"), ShopNo: s.Draw(t, "no"), ShopOrderID: s.Draw(t, "order"), DeliverySign: s.Draw(t, "sign"),
	}
	fill(&m.Sender)
	fill(&m.Receiver)
	fill(&m.Cargo)
	fill(&m.OrderInfo)
	for range rapid.IntRange(0, 3).Draw(t, "goods") {
		var g InstantGoods
		fill(&g)
		m.Cargo.Goods = append(m.Cargo.Goods, g)
	}
	return m
}

// TestInstantComesBack: orders with any text in them come back the same, in both
// formats, by our decoder and by the standard ones, and are the same push.
func TestInstantComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		m := drawInstant(t, f)
		if rapid.Bool().Draw(t, "documented") {
			m.Event = rapid.SampledFrom(orderEvents).Draw(t, "documented event")
		}
		packet := EncodeInstantOrder(f, m)
		readsBack(t, f, m, EncodeInstantOrder, decodeInstantOrder)
		got := InstantOrder{}
		if f == JSON {
			got = standardInstant(t, standardDoc(t, packet))
		} else {
			got = standardInstantXML(t, packet)
		}
		if !reflect.DeepEqual(got, m) {
			t.Fatalf("%s: the standard decoder reads %s", packet, EncodeInstantOrder(f, got))
		}
	})
}

// standardInstantXML reads an order of documented shapes with encoding/xml and
// nothing of ours.
func standardInstantXML(t *rapid.T, packet []byte) InstantOrder {
	type contact struct {
		redacted.Struct
		Name           string `xml:"name"`
		City           string `xml:"city"`
		Address        string `xml:"address"`
		AddressDetail  string `xml:"address_detail"`
		Phone          string `xml:"phone"`
		Lng            string `xml:"lng"`
		Lat            string `xml:"lat"`
		CoordinateType string `xml:"coordinate_type"`
	}
	var s struct {
		ToUserName, FromUserName string
		CreateTime               int64
		Event                    string
		WXToken                  string  `xml:"wx_token"`
		DeliveryToken            string  `xml:"delivery_token"`
		ShopID                   string  `xml:"shopid"`
		ShopNo                   string  `xml:"shop_no"`
		ShopOrderID              string  `xml:"shop_order_id"`
		DeliverySign             string  `xml:"delivery_sign"`
		Sender                   contact `xml:"sender"`
		Receiver                 contact `xml:"receiver"`
		Cargo                    struct {
			Value        string `xml:"goods_value"`
			Height       string `xml:"goods_height"`
			Length       string `xml:"goods_length"`
			Width        string `xml:"goods_width"`
			Weight       string `xml:"goods_weight"`
			PickupInfo   string `xml:"goods_pickup_info"`
			DeliveryInfo string `xml:"goods_delivery_info"`
			FirstClass   string `xml:"cargo_first_class"`
			SecondClass  string `xml:"cargo_second_class"`
			Goods        []struct {
				redacted.Struct
				Count string `xml:"good_count"`
				Name  string `xml:"good_name"`
				Price string `xml:"good_price"`
				Unit  string `xml:"good_unit"`
			} `xml:"goods_detail>goods"`
		} `xml:"cargo"`
		Info struct {
			redacted.Struct
			ServiceCode      string `xml:"delivery_service_code"`
			OrderType        string `xml:"order_type"`
			ExpectedDelivery string `xml:"expected_delivery_time"`
			ExpectedFinish   string `xml:"expected_finish_time"`
			ExpectedPickUp   string `xml:"expected_pick_time"`
			PoiSeq           string `xml:"poi_seq"`
			Note             string `xml:"note"`
			OrderTime        string `xml:"order_time"`
			IsInsured        string `xml:"is_insured"`
			DeclaredValue    string `xml:"declared_value"`
			Tips             string `xml:"tips"`
			IsDirect         string `xml:"is_direct_delivery"`
			CashOnDelivery   string `xml:"cash_on_delivery"`
			CashOnPickup     string `xml:"cash_on_pickup"`
			PickMethod       string `xml:"rider_pick_method"`
			FinishCodeNeeded string `xml:"is_finish_code_needed"`
			PickupCodeNeeded string `xml:"is_pickup_code_needed"`
		} `xml:"order_info"`
	}
	if err := xml.Unmarshal(packet, &s); err != nil {
		t.Fatalf("%s: %v", packet, err)
	}
	m := InstantOrder{
		ToUserName: s.ToUserName, FromUserName: s.FromUserName, CreateTime: s.CreateTime, Event: s.Event, WXToken: s.WXToken, DeliveryToken: s.DeliveryToken,
		ShopID: s.ShopID, ShopNo: s.ShopNo, ShopOrderID: s.ShopOrderID, DeliverySign: s.DeliverySign,
		Sender: InstantContact(s.Sender), Receiver: InstantContact(s.Receiver), OrderInfo: InstantInfo(s.Info),
		Cargo: InstantCargo{
			Value: s.Cargo.Value, Height: s.Cargo.Height, Length: s.Cargo.Length, Width: s.Cargo.Width, Weight: s.Cargo.Weight,
			PickupInfo: s.Cargo.PickupInfo, DeliveryInfo: s.Cargo.DeliveryInfo, FirstClass: s.Cargo.FirstClass, SecondClass: s.Cargo.SecondClass,
		},
	}
	for _, g := range s.Cargo.Goods {
		m.Cargo.Goods = append(m.Cargo.Goods, InstantGoods(g))
	}
	return m
}

// TestInstantFigures: a figure is written bare if it is a number to encoding/json,
// as a text if not, and not at all if it is empty.
func TestInstantFigures(t *testing.T) {
	t.Parallel()
	bare := []string{"Lng", "Lat", "CoordinateType", "Value", "Height", "Length", "Width", "Weight", "OrderType", "ExpectedDelivery", "ExpectedFinish", "ExpectedPickUp", "OrderTime",
		"IsInsured", "DeclaredValue", "Tips", "IsDirect", "CashOnDelivery", "CashOnPickup", "PickMethod", "FinishCodeNeeded", "PickupCodeNeeded"}
	number := func(s string) bool {
		var n json.Number
		return s != "" && strings.ContainsAny(s[:1], "-0123456789") && strings.Trim(s, packet.WhiteSpace) == s && json.Unmarshal([]byte(s), &n) == nil
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		m := drawInstant(t, f)
		doc, _, err := parse(EncodeInstantOrder(f, m), CheckMessage)
		must(t, err)
		check := func(object string, of any, wire map[string]string) {
			fields := reflect.ValueOf(of)
			for field, name := range wire {
				if !slices.Contains(bare, field) {
					continue
				}
				figure := fields.FieldByName(field).String()
				v := doc.Member(object).Member(name)
				if (v == nil) != (figure == "") || v != nil && v.Bare != number(figure) {
					t.Fatalf("%v: %s %q is written as %+v", f, name, figure, v)
				}
			}
		}
		check("sender", m.Sender, wireContact)
		check("cargo", m.Cargo, wireCargo)
		check("order_info", m.OrderInfo, wireInfo)
	})
}

// TestFollowUpsComeBack is TestInstantComesBack for the pushes about an order.
func TestFollowUpsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		s, n := texts(f)
		m := InstantFollowUp{
			ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"), CreateTime: rapid.Int64().Draw(t, "time"), Event: rapid.SampledFrom(followUpEvents).Draw(t, "event"),
			ShopID: s.Draw(t, "shop"), ShopOrderID: s.Draw(t, "order"), ShopNo: s.Draw(t, "no"), WaybillID: s.Draw(t, "waybill"), DeliverySign: s.Draw(t, "sign"),
		}
		switch m.Event {
		case EventCancelOrder, EventPrecancelOrder:
			m.CancelReasonID, m.CancelReason = n.Draw(t, "reason"), s.Draw(t, "text")
		case EventAddTips:
			m.Tips, m.Remark = n.Draw(t, "tips"), s.Draw(t, "remark")
		}
		packet := EncodeInstantFollowUp(f, m)
		readsBack(t, f, m, EncodeInstantFollowUp, decodeInstantFollowUp)
		type standard struct {
			Event       string
			ShopID      string `xml:"shopid" json:"shopid"`
			ShopOrderID string `xml:"shop_order_id" json:"shop_order_id"`
			ShopNo      string `xml:"shop_no" json:"shop_no"`
			WaybillID   string `xml:"waybill_id" json:"waybill_id"`
			Sign        string `xml:"delivery_sign" json:"delivery_sign"`
			Text        string `xml:"cancel_reason" json:"cancel_reason"`
			Remark      string `xml:"remark" json:"remark"`
		}
		var got standard
		if err := unmarshal(f, packet, &got); err != nil || got != (standard{m.Event, m.ShopID, m.ShopOrderID, m.ShopNo, m.WaybillID, m.DeliverySign, m.CancelReason, m.Remark}) {
			t.Fatalf("%s: the standard decoder reads %+v, %v", packet, got, err)
		}
	})
}

func unmarshal(f Format, packet []byte, into any) error {
	if f == XML {
		return xml.Unmarshal(packet, into)
	}
	return json.Unmarshal(packet, into)
}

// drawReply draws a reply to one of the eight events with what it says, and no more.
func drawReply(t *rapid.T, s *rapid.Generator[string]) InstantReply {
	n, i := rapid.Int64(), rapid.Int()
	event := rapid.SampledFrom(slices.Concat(orderEvents, followUpEvents)).Draw(t, "event")
	r := InstantReply{
		ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"), CreateTime: n.Draw(t, "time"), Event: event,
		ResultCode: rapid.OneOf(rapid.Just(0), i).Draw(t, "code"), ResultMsg: s.Draw(t, "msg"),
	}
	if r.ResultCode != 0 {
		return r
	}
	switch event {
	case EventPrecreateOrder, EventAddOrder, EventReaddOrder:
		r.Fee, r.DeliverFee, r.CouponFee, r.Tips, r.InsuranceFee = n.Draw(t, "fee"), n.Draw(t, "deliver"), n.Draw(t, "coupon"), n.Draw(t, "tips"), n.Draw(t, "insurance")
		r.Distance, r.DispatchDuration = n.Draw(t, "distance"), n.Draw(t, "dispatch")
		if event == EventPrecreateOrder {
			r.DeliveryToken = s.Draw(t, "token")
		} else {
			r.WaybillID, r.OrderStatus, r.FinishCode, r.PickupCode = s.Draw(t, "waybill"), i.Draw(t, "status"), i.Draw(t, "finish"), i.Draw(t, "pickup")
		}
	case EventQueryOrder:
		r.OrderStatus, r.ActionMsg, r.WaybillID = i.Draw(t, "status"), s.Draw(t, "action"), s.Draw(t, "waybill")
	case EventCancelOrder, EventPrecancelOrder:
		r.DeductFee, r.Desc = n.Draw(t, "deduct"), s.Draw(t, "desc")
	}
	return r
}

// TestInstantRepliesComeBack: replies with any text and amount in them come back
// the same, in both formats, by our decoder and by the standard ones.
func TestInstantRepliesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		s, _ := texts(f)
		r := drawReply(t, s)
		checkInstantReply(t, f, r)
		var got struct {
			Code      int         `xml:"resultcode" json:"resultcode"`
			Msg       string      `xml:"resultmsg" json:"resultmsg"`
			Fee       json.Number `xml:"fee" json:"fee"`
			Insurance json.Number `xml:"insurancefee" json:"insurancefee"`
			Deduct    json.Number `xml:"deduct_fee" json:"deduct_fee"`
			Waybill   string      `xml:"waybill_id" json:"waybill_id"`
			Status    int         `xml:"order_status" json:"order_status"`
			Token     string      `xml:"delivery_token" json:"delivery_token"`
			Action    string      `xml:"action_msg" json:"action_msg"`
			Desc      string      `xml:"desc" json:"desc"`
		}
		err := unmarshal(f, r.Encode(f), &got)
		if err != nil || got.Code != r.ResultCode || got.Msg != r.ResultMsg || got.Waybill != r.WaybillID || got.Status != r.OrderStatus ||
			got.Token != r.DeliveryToken || got.Action != r.ActionMsg || got.Desc != r.Desc {
			t.Fatalf("%s: the standard decoder reads %+v, %v", r.Encode(f), got, err)
		}
		for _, amount := range []struct {
			text json.Number
			fen  int64
		}{{got.Fee, r.Fee}, {got.Insurance, r.InsuranceFee}, {got.Deduct, r.DeductFee}} {
			if amount.text != "" && new(big.Rat).SetFrac64(amount.fen, 100).FloatString(2) != string(amount.text) {
				t.Fatalf("%d fen are written as %s", amount.fen, amount.text)
			}
		}
	})
}

// TestAnyAmount: what is read as an amount is it to the fen by math/big as well, and
// what is not has an exponent, a third decimal, too many digits, or is no number.
func TestAnyAmount(t *testing.T) {
	t.Parallel()
	amount := rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,3})?`),
		rapid.SampledFrom([]string{"92233720368547758.07", "92233720368547758.08", "-92233720368547758.08", "-92233720368547758.09"}),
		figure(),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := amount.Draw(t, "amount")
		got, ok := parseYuan([]byte(s))
		want, isRat := new(big.Rat).SetString(s)
		plain := packet.IsNumber(s) && !strings.ContainsAny(s, "eE")
		if _, decimals, _ := strings.Cut(s, "."); !plain || len(decimals) > 2 || !isRat {
			if ok {
				t.Fatalf("%q reads as %d", s, got)
			}
			return
		}
		fen := want.Mul(want, big.NewRat(100, 1))
		if ok != fen.Num().IsInt64() || ok && fen.Num().Int64() != got {
			t.Fatalf("%q reads as %d, %v; it is %v fen", s, got, ok, fen)
		}
		if again, ok := parseYuan(appendYuan(nil, got)); !ok || again != got {
			t.Fatalf("%d fen came back as %d", got, again)
		}
	})
}
