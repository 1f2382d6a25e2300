package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// What a carrier reports is answered as in WeChat's sample, is there for the
// merchant, and makes a cancel impossible.
func TestPath(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, nil)
	report := func(change ...string) string {
		body := `{"token":"token-W1","waybill_id":"W1","action_time":1533052800,"action_type":300002,"action_msg":"丽影邓丽君【18666666666】正在派件"}`
		return strings.NewReplacer(change...).Replace(body)
	}
	for body, code := range map[string]int{
		report("W1\",\"a", "W9\",\"a"):          40199,
		report("token-W1", "wrong"):             9300507,
		report(`"token-W1"`, "7"):               47001,
		report("1533052800", `"1533052800"`):    47001,
		report("1533052800", "1.5"):             47001,
		report("1533052800", "0"):               930561,
		report("300002", "7"):                   930561,
		report("丽影邓丽君【18666666666】正在派件", ""):    930561,
		report("丽影", strings.Repeat("丽影", 200)): 930561,
		report("token-W1", ""):                  930561,
	} {
		d.wantCode(updatePath, body, code)
	}
	empty := d.call(pathPath, cancelBody())
	if got, want := d.call(updatePath, report()), sample(t, "api.path_update.response.json"); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	want := `{"errcode":0,"errmsg":"ok","openid":"` + testUser + `","delivery_id":"SF","waybill_id":"W1","path_item_num":1,` +
		`"path_item_list":[{"action_time":1533052800,"action_type":300002,"action_msg":"丽影邓丽君【18666666666】正在派件"}]}`
	if got := d.call(pathPath, cancelBody()); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if !strings.Contains(empty, `"path_item_num":0,"path_item_list":[]`) {
		t.Errorf("before: %s", empty)
	}
	d.wantCode(cancelPath, cancelBody(), 9300506)
	d.wantCode(pathPath, cancelBody("waybill_id", "W9"), 40199)
}

// WeChat's own carrier for trying: no push, and the merchant moves the parcel.
func TestTestCarrier(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, nil)
	d.wantCode(addPath, addBody("delivery_id", `"TEST"`), 9300525)
	var kept, moved addAnswer
	decode(t, d.call(addPath, addBody("order_id", `"kept"`, "delivery_id", `"TEST"`, "biz_id", `"test_biz_id"`)), &kept)
	decode(t, d.call(addPath, addBody("order_id", `"moved"`, "delivery_id", `"TEST"`, "biz_id", `"test_biz_id"`)), &moved)
	update := func(biz, order, waybill string) string {
		return fmt.Sprintf(`{"biz_id":%q,"order_id":%q,"delivery_id":"TEST","waybill_id":%q,"action_time":123456789,"action_type":100001,"action_msg":"揽件阶段"}`, biz, order, waybill)
	}
	d.wantCode(testPath, update("xyz", "moved", moved.WaybillID), 930561)
	d.wantCode(testPath, update("test_biz_id", "absent", moved.WaybillID), 930563)
	d.wantCode(testPath, update("test_biz_id", "order", "W1"), 930563)
	d.wantCode(testPath, update("test_biz_id", "moved", kept.WaybillID), 40199)
	d.wantCode(testPath, update("test_biz_id", "moved", moved.WaybillID), 0)
	cancel := func(a addAnswer) string {
		return cancelBody("order_id", a.OrderID, "waybill_id", a.WaybillID, "delivery_id", "TEST")
	}
	d.wantCode(cancelPath, cancel(moved), 9300506)
	d.wantCode(cancelPath, cancel(kept), 0)
	d.wantCode(cancelPath, cancel(kept), 9300524)
	if len(d.carrier.packets)+d.carrier.count() != 0 {
		t.Error("a carrier was asked")
	}
}

// The record is bounded, and what a reader holds does not change.
func TestRecordBounded(t *testing.T) {
	t.Parallel()
	var r record
	r.clear([]Order{sampleOrder("first", "first")})
	for i := range maxOrders {
		r.put(sampleOrder(fmt.Sprint(i), fmt.Sprint(i)))
	}
	if o, _ := r.find("wxABCD", "first"); o != nil || len(r.orders) != maxOrders || len(r.byWaybill) != maxOrders || len(r.oldest) != maxOrders {
		t.Errorf("%d orders, %d waybills", len(r.orders), len(r.byWaybill))
	}
	o, _ := r.find("wxABCD", "7")
	for i := range maxPath {
		r.report(o, PathItem{ActionTime: int64(i)})
	}
	_, held := r.find("wxABCD", "7")
	r.report(o, PathItem{ActionTime: maxPath})
	_, now := r.find("wxABCD", "7")
	if len(now.path) != maxPath || now.path[maxPath-1].ActionTime != maxPath || held.path[0].ActionTime != 0 || held.path[maxPath-1].ActionTime != maxPath-1 {
		t.Errorf("%d items", len(now.path))
	}
}
