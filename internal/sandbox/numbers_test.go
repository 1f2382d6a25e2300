package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// WeChat's numbers are counted up in their range, whoever asks; a reset does not
// give one twice.
func TestNumbers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, func(o *APIOptions) { o.Numbers = NumberRange{Prefix: "WX", Width: 4, First: 97} })
	d.carrier.answers(func(packet string) string { return addReplyTo(packet, wechat.XML, "0", "") }, nil)
	for i := range 4 {
		if i == 2 {
			d.send(http.MethodPost, d.control.URL+"/reset", "")
		}
		var a addAnswer
		decode(t, d.call(addPath, addBody("order_id", fmt.Sprintf(`"order%d"`, i))), &a)
		if want := fmt.Sprintf("WX%04d", 97+i); a.WaybillID != want {
			t.Errorf("%q, want %q", a.WaybillID, want)
		}
	}
	n, err := new(Platform).Numbers(NumberRange{Width: 5, First: 99_000})
	if err != nil {
		t.Fatal(err)
	}
	var given sync.Map
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 125 {
				text, err := n.Take()
				if _, twice := given.LoadOrStore(text, true); twice || err != nil || len(text) != 5 {
					t.Errorf("%q, %v", text, err)
				}
			}
		})
	}
	wg.Wait()
	if text, err := n.Take(); err == nil {
		t.Errorf("%q is not in the range", text)
	}
}

// Without a first number the count starts somewhere, with room behind it.
func TestNumbersStartAnywhere(t *testing.T) {
	t.Parallel()
	starts := map[string]bool{}
	var p Platform
	for range 50 {
		n, err := p.Numbers(NumberRange{Prefix: "9", Width: 10})
		if err != nil {
			t.Fatal(err)
		}
		text, err := n.Take()
		if err != nil || len(text) != 11 || !strings.HasPrefix(text, "90") || n.next > n.in.end()/10 {
			t.Fatalf("%q, %v", text, err)
		}
		starts[text] = true
	}
	if len(starts) < 45 {
		t.Errorf("%d starts of 50", len(starts))
	}
	n, err := p.Numbers(NumberRange{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := n.Take(); err != nil || len(text) != 16 {
		t.Errorf("%q, %v", text, err)
	}
	p.Rand = strings.NewReader("")
	if _, err := p.Numbers(NumberRange{}); !errors.Is(err, io.EOF) {
		t.Errorf("without randomness: %v", err)
	}
}

// A range that is none is refused at the start; one that is used up is the
// platform's own fault.
func TestNumbersRefused(t *testing.T) {
	t.Parallel()
	for _, n := range []NumberRange{
		{Width: 1}, {Width: 19}, {Width: -1}, {Width: 4, First: 10_000}, {First: -1}, {Prefix: "号"}, {Prefix: "a b"}, {Prefix: strings.Repeat("x", 111)},
	} {
		_, err := NewAPI(APIOptions{
			Platform: &Platform{Account: testAccount, Format: wechat.XML}, DeliveryID: "SF", Apps: []App{{ID: "wx"}}, Numbers: n,
		})
		if err == nil || !strings.Contains(err.Error(), "number") {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for _, n := range []NumberRange{{}, {Width: 2}, {Width: 18, First: 999_999_999_999_999_999}, {Prefix: strings.Repeat("x", 110)}} {
		if err := n.check(); err != nil {
			t.Errorf("%+v: %v", n, err)
		}
	}
	d := newDesk(t, wechat.XML, func(o *APIOptions) { o.Numbers = NumberRange{Width: 2, First: 99} })
	d.carrier.answers(func(packet string) string { return addReplyTo(packet, wechat.XML, "0", "") }, nil)
	d.call(addPath, addBody())
	d.wantCode(addPath, addBody(), 9300522) // and takes no number
	d.wantCode(addPath, addBody("order_id", `"one more"`), -1)
}

// A carrier that gives the numbers itself is pushed none, and its number is the
// order's from then on.
func TestCarrierNumbers(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, func(o *APIOptions) { o.CarrierNumbers = true })
		gives := func(number string) {
			d.carrier.answers(func(packet string) string {
				return strings.NewReplacer(
					`<WayBillID>0<`, `<WayBillID><![CDATA[`+number+`]]><`, `"WayBillID":"0"`, `"WayBillID":"`+number+`"`,
				).Replace(addReplyTo(packet, f, "0", ""))
			}, nil)
		}
		for _, wrong := range []string{"", "0", "a\u0085b", strings.Repeat("7", 129), "W1"} { // W1 is another order's
			gives(wrong)
			d.wantCode(addPath, addBody(), 9300502)
		}
		gives("SF0000001")
		var a addAnswer
		if decode(t, d.call(addPath, addBody()), &a); a.WaybillID != "SF0000001" {
			t.Errorf("%v: %+v", f, a)
		}
		d.wantCode(addPath, addBody("order_id", `"second"`), 9300502) // under the first one's number
		query := cancelBody("order_id", a.OrderID, "waybill_id", a.WaybillID)
		d.wantCode(getPath, query, 0)
		d.wantCode(getPath, cancelBody("order_id", a.OrderID, "waybill_id", "0"), 40199)
		d.wantCode(cancelPath, query, 0)
		// Of the order, of the other that was to have its number, and of the cancel.
		if shown := d.send(http.MethodGet, d.control.URL+"/pushes", ""); strings.Count(shown, `"waybill_id":"SF0000001"`) != 3 {
			t.Errorf("the pushes do not show the number: %s", shown)
		}
		decode(t, d.call(addPath, addBody("order_id", `"test"`, "delivery_id", `"TEST"`, "biz_id", `"test_biz_id"`)), &a)
		if len(a.WaybillID) != 16 {
			t.Errorf("WeChat's own carrier has the number %q", a.WaybillID)
		}
	}
}
