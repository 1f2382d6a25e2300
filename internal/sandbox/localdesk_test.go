package sandbox

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// The shop and the order of WeChat's sample of reOrder.
const (
	localShop   = "122222222"
	localOrder1 = "SFTC_001"
)

// localSecrets are what of WeChat's sample must not show itself in a log or at the
// control endpoint.
var localSecrets = []string{
	"刘一", "老王", "13712345678", "18512345678", "xx大厦", "xxx地铁站", "1号楼101", "2号楼202", "116.50603", "40.448612",
	"水果", "蔬菜", "美食夜宵", "test_note", "tokenOfThePrice", "reasonInWords", "remarkInWords", "李x利", "1358xxxx",
	"whatTheRiderDid", "FINISH4711", "4711", "4712",
}

// localDesk is WeChat with a company of instant delivery that takes everything.
func localDesk(tb testing.TB, f wechat.Format, deliveryID string) (*desk, *localCompany) {
	tb.Helper()
	d := newDesk(tb, f, localAt(deliveryID))
	return d, employ(d, f)
}

// localAt has the shops of the tests at a company.
func localAt(deliveryID string) func(*APIOptions) {
	return func(o *APIOptions) { o.LocalDeliveryID, o.Shops = deliveryID, []string{localShop, testShopID} }
}

// employ gives a desk its company.
func employ(d *desk, f wechat.Format) *localCompany {
	tb := d.tb
	c := &localCompany{tb: tb, format: f}
	d.carrier.answersLocal(c.answer)
	tb.Cleanup(func() {
		for _, o := range d.local.all() {
			if o.calls != 0 {
				tb.Errorf("%d calls have not left order %s", o.calls, o.orderID)
			}
		}
	})
	return c
}

// localCompany answers as it is told, by default yes.
type localCompany struct {
	tb     testing.TB
	format wechat.Format

	mu     sync.Mutex
	placed int
	orders []wechat.TransportOrder // every push that came, of one kind or the other
	asks   []wechat.TransportAsk
	change func(*wechat.TransportReply)
	raw    func(event string) []byte // the packet itself; nil: a right reply
}

func (c *localCompany) says(change func(*wechat.TransportReply)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change, c.raw = change, nil
}

func (c *localCompany) sends(raw func(event string) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = raw
}

// refuses makes it say no.
func (c *localCompany) refuses(code int, msg string) {
	c.says(func(r *wechat.TransportReply) { r.ResultCode, r.ResultMsg = code, msg })
}

func (c *localCompany) answer(push *wechat.Push) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var r wechat.TransportReply
	switch event := push.EventName(); event {
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		m, err := push.TransportOrder()
		if err != nil {
			c.tb.Error(err)
		}
		c.orders = append(c.orders, m)
		r = m.Reply(0, "ok")
		r.Fee, r.DeliverFee, r.CouponFee, r.Distance, r.DispatchDuration = 12_50, 15_00, 2_50, 1234, 300
		r.DeliveryToken = "tokenOfThePrice"
		if event != wechat.EventPrecreateOrder {
			c.placed++
			r.WaybillID, r.OrderStatus = "W"+strconv.Itoa(c.placed), statusWaiting
			if m.OrderInfo.FinishCodeNeeded == "1" {
				r.FinishCode = 4711
			}
			if m.OrderInfo.PickupCodeNeeded == "1" {
				r.PickupCode = 4712
			}
		}
	default:
		m, err := push.TransportAsk()
		if err != nil {
			c.tb.Error(err)
		}
		c.asks = append(c.asks, m)
		r = m.Reply(0, "ok")
		r.OrderStatus, r.WaybillID, r.ActionMsg, r.DeductFee, r.Desc = statusAssigned, "W"+strconv.Itoa(c.placed), "whatTheRiderDid", 2_05, "扣2.05元"
	}
	if c.change != nil {
		c.change(&r)
	}
	if c.raw != nil {
		return c.raw(r.Event)
	}
	return r.Encode(c.format)
}

// lastOrder and lastAsk are the last pushes, and count is how many came.
func (c *localCompany) lastOrder() wechat.TransportOrder {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.orders[len(c.orders)-1]
}

func (c *localCompany) lastAsk() wechat.TransportAsk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asks[len(c.asks)-1]
}

func (c *localCompany) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.orders) + len(c.asks)
}

// localBody is WeChat's sample of reOrder with members replaced by JSON: each pair is
// a member's path, as sender.name, and what it is to be, "" for not there.
func localBody(tb testing.TB, change ...string) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/api.reOrder.request.json")
	if err != nil {
		tb.Fatal(err)
	}
	m := map[string]any{}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(change); i += 2 {
		names := strings.Split(change[i], ".")
		var at any = m
		for _, name := range names[:len(names)-1] {
			at = at.(map[string]any)[name]
			if list, ok := at.([]any); ok {
				at = list[0]
			}
		}
		name := names[len(names)-1]
		if at.(map[string]any)[name] = json.RawMessage(change[i+1]); change[i+1] == "" {
			delete(at.(map[string]any), name)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		tb.Fatalf("%v: %q", err, change)
	}
	return string(b)
}

// askBody is a question about the sample order.
func askBody(change ...string) string {
	m := map[string]json.RawMessage{
		"shopid": json.RawMessage(`"` + localShop + `"`), "shop_order_id": json.RawMessage(`"` + localOrder1 + `"`), "shop_no": json.RawMessage(`"12345678"`),
		"delivery_sign": json.RawMessage(`"01234567890123456789"`), "delivery_id": json.RawMessage(`"SFTC"`), "waybill_id": json.RawMessage(`"W1"`),
		"cancel_reason_id": json.RawMessage("1"), "cancel_reason": json.RawMessage(`""`), "tips": json.RawMessage("5"), "remark": json.RawMessage(`"remarkInWords"`),
	}
	for i := 0; i < len(change); i += 2 {
		if m[change[i]] = json.RawMessage(change[i+1]); change[i+1] == "" {
			delete(m, change[i])
		}
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// wantResult calls and compares the resultcode of an answer without an errcode.
func (d *desk) wantResult(path, body string, code int) string {
	d.tb.Helper()
	got := d.call(path, body)
	var a struct {
		ErrCode    *int `json:"errcode"`
		ResultCode *int `json:"resultcode"`
	}
	if err := json.Unmarshal([]byte(got), &a); err != nil || a.ErrCode != nil || a.ResultCode == nil || *a.ResultCode != code {
		d.tb.Errorf("%s %s\n got %s\nwant resultcode %d", path, body, got, code)
	}
	return got
}
