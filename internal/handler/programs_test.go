package handler_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

const rulesSecret = delivery.Secret("test_shop_secret")

// decidesByRules makes the store decide orders and cancels by the rules themselves: the
// merchant is known and nothing is there yet.
func (s *fakeStore) decidesByRules() {
	catalogue := waybill.NewCatalogue([]waybill.Service{{Name: "标准快递", Code: "standard", MaxGrams: 30_000, MaxSide: 1_500, MaxCount: 10}},
		[]waybill.Area{{Collects: true, Delivers: true}}, nil, nil)
	merchant := &waybill.Merchant{BizID: "xyz"}
	s.cancel = func(_ context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) {
		return waybill.DecideCancel(r, merchant, true, nil, waybill.Policy{}, sampleTime), nil
	}
	s.book = func(_ context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) {
		return waybill.DecideBooking(r, merchant, true, nil, false, catalogue), nil
	}
	s.account = func(_ context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) {
		d := waybill.DecideAccount(r, merchant, true)
		if r.Binds {
			d = waybill.DecideBind(r, d, &waybill.Review{State: waybill.ReviewPassed})
		}
		return d, nil
	}
	s.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
		shop := &delivery.Shop{ID: "test_shop_id", Secret: rulesSecret, Active: true}
		return delivery.DecidePush(r, shop, nil, delivery.NewAttempt{WaybillID: "C1"}, &delivery.Policy{Expiry: time.Hour}, sampleTime), nil
	}
}

// TestRefusalNamesTheMember: the merchant's developers read in the result's text, and the
// carrier's support in the log, which member of a push is wrong; nobody reads its value.
func TestRefusalNamesTheMember(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, old, bad string // "": the sample as it is, of cancel_waybill
		code, field    string
	}{
		{"good-order.json", `"Weight":1.2`, `"Weight":"zqzq"`, "20006", "Cargo.Weight"},
		{"good-order.xml", "<Weight>1.2</Weight>", "<Weight>zqzq</Weight>", "20006", "Cargo.Weight"},
		{"good-order.json", `"DetailList":[{"Name":"a"`, `"DetailList":[{"Name":[]`, "20006", "Cargo.DetailList.Name"},
		{"good-order.json", `"Mobile":"18600000001"`, `"Mobile":"` + strings.Repeat("zq", 20) + `"`, "20004", "Receiver.Mobile"},
		{"good-order.xml", "<Name><![CDATA[甲]]></Name>", "<Name/>", "20002", "Sender.Name"},
		{"good-order.json", `"UseInsured":0`, `"UseInsured":"zqzq"`, "20008", "Insured.UseInsured"},
		{"good-order.json", `"ServiceType":0`, `"ServiceType":"zqzq"`, "20009", "Service.ServiceType"},
		{"good-order.json", `"WayBillID":"0"`, `"WayBillID":"zq\nzq"`, "20001", "WayBillID"},
		{"good-order.json", `"Token":"tok"`, `"Token":"zq\nzq"`, "-1", "Token"},
		{"good-order.json", `"BizID":"xyz"`, `"BizID":"zq\nzq"`, "10001", "BizID"},
		{"good-instant-order.json", `"lng":116.30`, `"lng":"zqzq"`, "1011", "sender.lng"},
		{"good-instant-order.xml", "<lng>116.30</lng>", "<lng>zqzq</lng>", "1011", "sender.lng"},
		{"good-instant-order.json", `"goods_weight":1`, `"goods_weight":"zqzq"`, "1012", "cargo.goods_weight"},
		{"good-instant-order.json", `"order_type":0`, `"rider_pick_method":"zqzq"`, "1013", "order_info.rider_pick_method"},
		{"good-instant-order.json", `"order_type":0`, `"tips":"zqzq"`, "1016", "order_info.tips"},
		{"good-instant-order.json", `"shop_no":"1"`, `"shop_no":"zq\nzq"`, "1001", "shop_no"},
	} {
		text, err := os.ReadFile("testdata/programs/" + tt.file)
		must(t, err)
		if !strings.Contains(string(text), tt.old) {
			t.Fatalf("%s has no %s", tt.file, tt.old)
		}
		packet := strings.NewReplacer("CREATE_TIME", "1533042556", "ORDER", "O", "SIGN", delivery.Sign("test_shop_id", "O", rulesSecret)).Replace(strings.Replace(strings.TrimSpace(string(text)), tt.old, tt.bad, 1))
		namesTheMember(t, strings.HasSuffix(tt.file, ".json"), packet, tt.code, tt.field)
	}
	cancel := sampleCancel
	cancel.WayBillID = "zq\nzq"
	namesTheMember(t, true, string(wechat.EncodeCancel(wechat.JSON, cancel)), "30001", "WayBillID")
	check := sampleCheckBiz
	check.BizID = "zq\nzq"
	namesTheMember(t, false, string(wechat.EncodeCheckBiz(wechat.XML, check)), "10001", "BizID")
	check = sampleCheckBiz
	check.ShopAppID = "zq\nzq"
	namesTheMember(t, false, string(wechat.EncodeCheckBiz(wechat.XML, check)), "10001", "ShopAppID")
}

func namesTheMember(t *testing.T, inJSON bool, packet, code, field string) {
	t.Helper()
	f := map[bool]wechat.Format{true: wechat.JSON, false: wechat.XML}[inJSON]
	s := makeServer(t, wechat.Secure)
	s.store.decidesByRules()
	_, reply := s.push(t, f, wechat.Secure, []byte(packet))
	end := map[bool]string{true: ": " + field + `"`, false: ": " + field + "]]>"}[inJSON]
	_, fields := s.line(t, "push")
	if !strings.Contains(string(reply), end) || fields["field"] != field || fields["result"] != code {
		t.Errorf("%s: result %s of %q: %s", field, fields["result"], fields["field"], reply)
	}
	if why := s.written.String(); strings.Contains(why, "zqzq") {
		t.Errorf("%s: the log shows the value: %s", field, why)
	}
}

// TestProgramsOrders: orders as merchants' programs write them, byte for byte, and none of
// them an error of a person's: figures with the noise of floats, line breaks in pasted texts,
// fields that were cut in the middle of a character, nothing where nothing is meant. Each is taken.
func TestProgramsOrders(t *testing.T) {
	t.Parallel()
	const order = "order-1"
	files, err := filepath.Glob("testdata/programs/*")
	must(t, err)
	if len(files) < 30 {
		t.Fatalf("only %v", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			must(t, err)
			packet := strings.NewReplacer("CREATE_TIME", "1533042556", "ORDER", order, "SIGN", delivery.Sign("test_shop_id", order, rulesSecret)).Replace(strings.TrimSpace(string(text)))
			s := makeServer(t, wechat.Secure)
			s.store.decidesByRules()
			f := wechat.XML
			if strings.HasSuffix(file, ".json") {
				f = wechat.JSON
			}
			w, _ := s.push(t, f, wechat.Secure, []byte(packet))
			if _, fields := s.line(t, "push"); w.Code != 200 || fields["reason"] != "accepted" {
				t.Errorf("status %d, %q of %q", w.Code, fields["reason"], fields["field"])
			}
		})
	}
}
