package express_test

import (
	"fmt"
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
	d.Carrier.AnswerAdd(0, "")
	for i := range 4 {
		if i == 2 {
			d.Reset()
		}
		got := WaybillOf(t, d.Call(AddPath, AddBody("order_id", fmt.Sprintf(`"order%d"`, i))))
		if want := fmt.Sprintf("WX%04d", 97+i); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A range that is used up is the platform's own fault.
func TestNumbersUsedUp(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.Numbers = sandbox.NumberRange{Width: 2, First: 99} })
	d.Carrier.AnswerAdd(0, "")
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
			d.Carrier.AnswerAdd(0, "", strings.NewReplacer(`<WayBillID><![CDATA[0`, `<WayBillID><![CDATA[`+number, `"WayBillID":"0"`, `"WayBillID":"`+number+`"`).Replace)
		}
		for _, wrong := range []string{"", "0", "a\u0085b", strings.Repeat("7", 129), "W1"} { // W1 is another order's
			gives(wrong)
			d.WantCode(AddPath, AddBody(), 9300502)
		}
		gives("SF0000001")
		if got := WaybillOf(t, d.Call(AddPath, AddBody())); got != "SF0000001" {
			t.Errorf("%v: %s", f, got)
		}
		d.WantCode(AddPath, AddBody("order_id", `"second"`), 9300502) // under the first one's number
		query := CancelBody("order_id", "012345678901234567890123456789", "waybill_id", "SF0000001")
		d.WantCode(GetPath, query, 0)
		d.WantCode(GetPath, CancelBody("order_id", "012345678901234567890123456789", "waybill_id", "0"), 40199)
		d.WantCode(CancelPath, query, 0)
		// Of the order, of the other that was to have its number, and of the cancel.
		if shown := d.Show("pushes"); strings.Count(shown, `"waybill_id":"SF0000001"`) != 3 {
			t.Errorf("the pushes do not show the number: %s", shown)
		}
		if number := WaybillOf(t, d.Call(AddPath, TestBody("test"))); len(number) != 16 {
			t.Errorf("WeChat's own carrier has the number %q", number)
		}
	}
}
