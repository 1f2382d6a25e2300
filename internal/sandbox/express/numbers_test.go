package express_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// WeChat's numbers are counted up in their range, by all callers; a reset does not
// give one twice.
func TestNumbers(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.Numbers = sandbox.NumberRange{Prefix: "WX", Width: 4, First: 97} })
	d.Carrier.Answer(func(packet string) string { return AddReplyTo(packet, wechat.XML, "0", "") }, nil)
	for i := range 4 {
		if i == 2 {
			d.Send(http.MethodPost, d.ControlURL+"/reset", "")
		}
		var a AddAnswer
		Decode(t, d.Call(AddPath, AddBody("order_id", fmt.Sprintf(`"order%d"`, i))), &a)
		if want := fmt.Sprintf("WX%04d", 97+i); a.WaybillID != want {
			t.Errorf("%q, want %q", a.WaybillID, want)
		}
	}
}

// A range that is used up is the platform's own fault.
func TestNumbersUsedUp(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.Numbers = sandbox.NumberRange{Width: 2, First: 99} })
	d.Carrier.Answer(func(packet string) string { return AddReplyTo(packet, wechat.XML, "0", "") }, nil)
	d.Call(AddPath, AddBody())
	d.WantCode(AddPath, AddBody(), 9300522) // and takes no number
	d.WantCode(AddPath, AddBody("order_id", `"one more"`), -1)
}

// A carrier that gives the numbers itself is pushed none, and its number is the
// order's from then on.
func TestCarrierNumbers(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, func(o *Options) { o.Express.CarrierNumbers = true })
		gives := func(number string) {
			d.Carrier.Answer(func(packet string) string {
				return strings.NewReplacer(
					`<WayBillID>0<`, `<WayBillID><![CDATA[`+number+`]]><`, `"WayBillID":"0"`, `"WayBillID":"`+number+`"`,
				).Replace(AddReplyTo(packet, f, "0", ""))
			}, nil)
		}
		for _, wrong := range []string{"", "0", "a\u0085b", strings.Repeat("7", 129), "W1"} { // W1 is another order's
			gives(wrong)
			d.WantCode(AddPath, AddBody(), 9300502)
		}
		gives("SF0000001")
		var a AddAnswer
		if Decode(t, d.Call(AddPath, AddBody()), &a); a.WaybillID != "SF0000001" {
			t.Errorf("%v: %+v", f, a)
		}
		d.WantCode(AddPath, AddBody("order_id", `"second"`), 9300502) // under the first one's number
		query := CancelBody("order_id", a.OrderID, "waybill_id", a.WaybillID)
		d.WantCode(GetPath, query, 0)
		d.WantCode(GetPath, CancelBody("order_id", a.OrderID, "waybill_id", "0"), 40199)
		d.WantCode(CancelPath, query, 0)
		// Of the order, of the other that was to have its number, and of the cancel.
		if shown := d.Send(http.MethodGet, d.ControlURL+"/pushes", ""); strings.Count(shown, `"waybill_id":"SF0000001"`) != 3 {
			t.Errorf("the pushes do not show the number: %s", shown)
		}
		Decode(t, d.Call(AddPath, AddBody("order_id", `"test"`, "delivery_id", `"TEST"`, "biz_id", `"test_biz_id"`)), &a)
		if len(a.WaybillID) != 16 {
			t.Errorf("WeChat's own carrier has the number %q", a.WaybillID)
		}
	}
}
