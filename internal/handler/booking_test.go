package handler_test

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// booked makes a desk that answers a booking so; accounted one that answers a
// question about an account so.
func booked(d waybill.BookingDecision) func(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error) {
	return func(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error) { return d, nil }
}

func accounted(d waybill.AccountDecision) func(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error) {
	return func(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error) { return d, nil }
}

// TestWhatTheDeskIsAskedToBook: the domain's request says what the order said,
// each text in its own place.
func TestWhatTheDeskIsAskedToBook(t *testing.T) {
	t.Parallel()
	msg := sampleAdd
	marked(reflect.ValueOf(&msg).Elem(), "")
	msg.ToUserName, msg.Event = userName, "add_waybill"
	person := func(side string) waybill.Contact {
		return waybill.Contact{
			Name: side + ".Name-mark", Tel: side + ".Tel-mark", Mobile: side + ".Mobile-mark", Company: side + ".Company-mark", PostCode: side + ".PostCode-mark",
			Country: side + ".Country-mark", Province: side + ".Province-mark", City: side + ".City-mark", Area: side + ".Area-mark", Address: side + ".Address-mark",
		}
	}
	order := waybill.Order{
		BizID: ".BizID-mark", Password: ".BizPwd-mark", ShopAppID: ".ShopAppID-mark", OrderID: ".OrderID-mark", WaybillID: ".WayBillID-mark",
		Token: ".Token-mark", Remark: ".Remark-mark", Sender: person(".Sender"), Receiver: person(".Receiver"),
		// The rule reads figures and keeps no text of them, so these are some.
		Weight: "1.5", SpaceX: "2", SpaceY: "3", SpaceZ: "4", Count: "5", UseInsured: "1", InsuredValue: "6", ServiceType: "7",
		Goods:       []waybill.OrderGoods{{Name: ".Cargo.DetailList.0.Name-mark", Count: "8"}, {Name: ".Cargo.DetailList.1.Name-mark", Count: "9"}},
		ServiceName: ".Service.ServiceName-mark",
	}
	msg.Cargo.Weight, msg.Cargo.SpaceX, msg.Cargo.SpaceY, msg.Cargo.SpaceZ, msg.Cargo.Count = "1.5", "2", "3", "4", "5"
	msg.Insured, msg.Service.ServiceType = wechat.Insured{UseInsured: "1", InsuredValue: "6"}, "7"
	msg.Cargo.DetailList[0].Count, msg.Cargo.DetailList[1].Count = "8", "9"
	for _, f := range formats {
		for _, m := range wechat.Modes() {
			s := newServer(t, m)
			s.post(wechatPush(t, f, m, wechat.EncodeAddWaybill(f, msg)))
			got := onlyAsked[waybill.BookingRequest](t, s.desk)
			want := waybill.NewBookingRequest(ledger.Push{
				ID: msg.Identity(), Event: "add_waybill", Format: f.String(), Mode: m.String(), Received: got.Push.Received, Binding: got.Push.Binding,
			}, order)
			if want.Malformed || want.Parcel.Malformed || want.Service.Malformed || got.Push.Received.IsZero() {
				t.Fatalf("the test's own order is none: %+v %+v", want.Push, want.Parcel)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%v %v: the request is another one", f, m)
			}
		}
	}
}

// TestWhatTheDeskIsAskedOfAccounts: who asks, with the id trimmed for the look-up
// and the password as it is.
func TestWhatTheDeskIsAskedOfAccounts(t *testing.T) {
	t.Parallel()
	check, quota := sampleCheck, sampleQuota
	check.BizID, check.BizPwd, quota.BizID, quota.BizPwd = " xyz\t", " pass ", " xyz\t", " pass "
	for _, f := range formats {
		for event, tt := range map[string]struct {
			packet []byte
			id     ledger.PushID
		}{
			"check_biz": {wechat.EncodeCheckBiz(f, check), check.Identity()},
			"get_quota": {wechat.EncodeGetQuota(f, quota), quota.Identity()},
		} {
			s := newServer(t, wechat.Secure)
			s.post(wechatPush(t, f, wechat.Secure, tt.packet))
			got := onlyAsked[waybill.AccountRequest](t, s.desk)
			want := waybill.AccountRequest{
				Push:  ledger.Push{ID: tt.id, Event: event, Format: f.String(), Mode: "secure", Received: got.Push.Received},
				BizID: "xyz", Password: " pass ",
			}
			if got != want || got.Push.Received.IsZero() {
				t.Errorf("%s %v: asked %+v, want %+v", event, f, got, want)
			}
		}
	}
}

// TestOrderEchoes: token and ids go back exactly as they came; the number and the
// label are the desk's when it accepts, and when it refuses the number is the
// push's and there is no label.
func TestOrderEchoes(t *testing.T) {
	t.Parallel()
	m := sampleAdd
	m.Token, m.OrderID, m.BizID, m.WayBillID = " to<&>]]>ken\t", `<&>"'\]]>号`, " xyz\t", " 0 "
	const number, label = "SF1000000017", `##mark##<&>"]]>##`
	for _, mode := range wechat.Modes() {
		for _, f := range formats {
			for want, d := range map[wechat.AddReply]waybill.BookingDecision{
				m.Reply(number, 0, "success", label): {Reason: waybill.Accepted, WaybillID: number, Label: label},
				m.Reply(number, 0, "success", "##"):  {Reason: waybill.Accepted, Repeat: true, WaybillID: number, Label: "##"},
				m.Reply(" 0 ", 20003, "发件人地址不可达或者发货地址不在服务范围", ""): {Reason: waybill.SenderNotServed, WaybillID: number, Label: label},
			} {
				s := newServer(t, mode)
				s.desk.book = booked(d)
				q, body := wechatPush(t, f, mode, wechat.EncodeAddWaybill(f, m))
				got := opened(t, q, f, mode, s.post(q, body).Body.Bytes())
				if !bytes.Equal(got, want.Encode(f)) {
					t.Errorf("%v %v %s: %s", f, mode, d.Reason, got)
				}
			}
		}
	}
}

// TestLongTexts: what is too long for the rule is still the rule's to answer, and
// goes back whole.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	m := sampleAdd
	m.OrderID, m.Token = strings.Repeat("9", 513), strings.Repeat("t", 5000)
	s := newServer(t, wechat.Secure)
	s.desk.book = booked(waybill.BookingDecision{Reason: waybill.BadRequest})
	q, body := wechatPush(t, wechat.XML, wechat.Secure, wechat.EncodeAddWaybill(wechat.XML, m))
	got := opened(t, q, wechat.XML, wechat.Secure, s.post(q, body).Body.Bytes())
	if want := m.Reply(m.WayBillID, -1, "其他错误(订单信息不正确)", "").Encode(wechat.XML); !bytes.Equal(got, want) {
		t.Errorf("%s", got)
	}
	if !onlyAsked[waybill.BookingRequest](t, s.desk).Malformed {
		t.Error("an order id of 513 bytes passes")
	}
	if n := s.written.String(); len(n) > 1000 {
		t.Errorf("%d bytes in the log", len(n))
	}
}

// TestBookedAgainIsCounted: that an order had been booked before shows in the log
// and in a metric, and not in the reply.
func TestBookedAgainIsCounted(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	q, body := wechatPush(t, wechat.JSON, wechat.Plain, wechat.EncodeAddWaybill(wechat.JSON, sampleAdd))
	first := s.post(q, body)
	s.desk.book = booked(waybill.BookingDecision{Reason: waybill.Accepted, Repeat: true, WaybillID: sampleNumber, Label: sampleLabel})
	if again := s.post(q, body); !bytes.Equal(first.Body.Bytes(), again.Body.Bytes()) {
		t.Errorf("the repeat got %s, the first %s", again.Body, first.Body)
	}
	s.counted(t, `carrierhook_repeats_total`, 1)
	s.counted(t, `carrierhook_pushes_total{event="add_waybill",format="json",mode="plain",result="0"}`, 2)
	lines := s.logs.FilterMessage("push").All()
	if len(lines) != 2 || lines[0].ContextMap()["repeat"] != false || lines[1].ContextMap()["repeat"] != true {
		t.Errorf("the log:\n%s", s.written)
	}
}
