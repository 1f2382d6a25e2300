package sandboxtest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/wechat"
)

// The shop and the order of WeChat's sample of reOrder.
const (
	ShopID      = "122222222"
	ShopOrderID = "SFTC_001"
)

// StartInstant is a sandbox with a company of instant delivery that takes everything.
func StartInstant(tb testing.TB, f wechat.Format, deliveryID string) (*Sandbox, *Company) {
	tb.Helper()
	d := StartSandbox(tb, f, InstantAt(deliveryID))
	return d, NewCompany(d, f)
}

// InstantAt has the shops of the tests at a company.
func InstantAt(deliveryID string) func(*Options) {
	return func(o *Options) {
		o.Instant = instant.Options{DeliveryID: deliveryID, Shops: []string{ShopID, "test_shop_id"}}
	}
}

// NewCompany gives a sandbox its company.
func NewCompany(d *Sandbox, f wechat.Format) *Company {
	c := &Company{tb: d.TB, format: f}
	d.Carrier.AnswerInstant(c.Answer)
	return c
}

// Company answers as it is set, by default yes.
type Company struct {
	tb     testing.TB
	format wechat.Format

	mu        sync.Mutex
	placed    int
	Orders    []wechat.TransportOrder // every push that came, of one kind or the other
	Questions []wechat.TransportAsk
	change    func(*wechat.TransportReply)
	raw       func(event string) []byte // the packet itself; nil: a right reply
}

func (c *Company) Change(change func(*wechat.TransportReply)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change, c.raw = change, nil
}

func (c *Company) SendRaw(raw func(event string) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = raw
}

// Refuse makes it say no.
func (c *Company) Refuse(code int, msg string) {
	c.Change(func(r *wechat.TransportReply) { r.ResultCode, r.ResultMsg = code, msg })
}

func (c *Company) Answer(push *wechat.Push) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var r wechat.TransportReply
	switch event := push.EventName(); event {
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		m, err := push.TransportOrder()
		if err != nil {
			c.tb.Error(err)
		}
		c.Orders = append(c.Orders, m)
		r = m.Reply(0, "ok")
		r.Fee, r.DeliverFee, r.CouponFee, r.Distance, r.DispatchDuration = 12_50, 15_00, 2_50, 1234, 300
		r.DeliveryToken = "tokenOfThePrice"
		if event != wechat.EventPrecreateOrder {
			c.placed++
			r.WaybillID, r.OrderStatus = "W"+strconv.Itoa(c.placed), 101
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
		c.Questions = append(c.Questions, m)
		r = m.Reply(0, "ok")
		r.OrderStatus, r.WaybillID, r.ActionMsg, r.DeductFee, r.Desc = 102, "W"+strconv.Itoa(c.placed), "whatTheRiderDid", 2_05, "扣2.05元"
	}
	if c.change != nil {
		c.change(&r)
	}
	if c.raw != nil {
		return c.raw(r.Event)
	}
	return r.Encode(c.format)
}

// LastOrder and lastAsk are the last pushes, and Count is how many came.
func (c *Company) LastOrder() wechat.TransportOrder {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Orders[len(c.Orders)-1]
}

func (c *Company) LastQuestion() wechat.TransportAsk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Questions[len(c.Questions)-1]
}

func (c *Company) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.Orders) + len(c.Questions)
}

// PlaceBody is WeChat's sample of reOrder with members replaced by JSON: each pair is
// a member's path, as sender.name, and what it is to be, "" for not there.
func PlaceBody(tb testing.TB, change ...string) string {
	tb.Helper()
	m := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(File(tb, "api.reOrder.request.json")))
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

// QuestionBody is a question about the sample order.
func QuestionBody(change ...string) string {
	m := map[string]json.RawMessage{
		"shopid": json.RawMessage(`"` + ShopID + `"`), "shop_order_id": json.RawMessage(`"` + ShopOrderID + `"`), "shop_no": json.RawMessage(`"12345678"`),
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

// TrialSign is the delivery_sign of an order of WeChat's company for trying.
func TrialSign(orderID string) string {
	sum := sha1.Sum([]byte("test_shop_id" + orderID + "test_app_secrect"))
	return hex.EncodeToString(sum[:])
}

// TrialBody makes a body that of an order at the company for trying.
func TrialBody(tb testing.TB, orderID string, change ...string) string {
	tb.Helper()
	return PlaceBody(tb, append([]string{
		"shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "shop_order_id", `"` + orderID + `"`, "delivery_sign", `"` + TrialSign(orderID) + `"`,
	}, change...)...)
}

func TrialQuestionBody(orderID string, change ...string) string {
	return QuestionBody(append([]string{
		"shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "shop_order_id", `"` + orderID + `"`, "delivery_sign", `"` + TrialSign(orderID) + `"`, "waybill_id", "",
	}, change...)...)
}

func MockBody(orderID string, status string, change ...string) string {
	return QuestionBody(append([]string{
		"shopid", `"test_shop_id"`, "shop_order_id", `"` + orderID + `"`, "order_status", status, "action_time", "1600000000", "action_msg", `"whatTheRiderDid"`,
	}, change...)...)
}

// ReportBody is a company's report about the sample order.
func ReportBody(token string, change ...string) string {
	return QuestionBody(append([]string{
		"wx_token", `"` + token + `"`, "order_status", "102", "action_time", "1638703215", "action_msg", `"whatTheRiderDid"`, "wxa_path", `"pages/index/index"`,
		"agent", `{"name":"李x利","phone":"1358xxxx","is_phone_encrypted":0,"lng":112.224839}`, "expected_delivery_time", "1638705236",
	}, change...)...)
}

// WaybillOf is the waybill_id of an answer.
func WaybillOf(tb testing.TB, answer string) string {
	tb.Helper()
	var a struct {
		Number string `json:"waybill_id"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		tb.Fatal(err)
	}
	return a.Number
}

// SampleReply is WeChat's reply to an event, with the names of a push of ours.
func SampleReply(tb testing.TB, f wechat.Format, event string) []byte {
	tb.Helper()
	return bytes.ReplaceAll(File(tb, event+".response."+f.String()), []byte("oABCD"), []byte(sandbox.TeamOpenID))
}

// Reset forgets the pushes; t gets the errors from now on.
func (c *Company) Reset(t testing.TB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tb, c.Orders, c.Questions = t, nil, nil
}
