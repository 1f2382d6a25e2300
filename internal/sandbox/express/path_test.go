package express_test

import (
	"fmt"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// What a carrier reports is answered as in WeChat's sample, is there for the
// merchant, and makes a cancel impossible.
func TestPath(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
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
		report("300002", "90002"):               930561, // of orders by single persons
		report("300002", "500001"):              930561,
		report("1533052800", "1654253755"):      930561, // a minute and a second ahead
	} {
		d.WantCode(UpdatePath, body, code)
	}
	empty := d.Call(PathPath, CancelBody())
	if got, want := d.Call(UpdatePath, report()), Sample(t, "api.path_update.response.json"); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	want := `{"errcode":0,"errmsg":"ok","openid":"` + User + `","delivery_id":"SF","waybill_id":"W1","path_item_num":1,` +
		`"path_item_list":[{"action_time":1533052800,"action_type":300002,"action_msg":"丽影邓丽君【18666666666】正在派件"}]}`
	if got := d.Call(PathPath, CancelBody()); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if !strings.Contains(empty, `"path_item_num":0,"path_item_list":[]`) {
		t.Errorf("before: %s", empty)
	}
	d.WantCode(CancelPath, CancelBody(), 9300506)
	d.WantCode(PathPath, CancelBody("waybill_id", "W9"), 40199)
	d.WantCode(UpdatePath, report("1533052800", "1654253754"), 0)
}

// WeChat's own carrier for trying: no push, and the merchant moves the parcel.
func TestTestCarrier(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.WantCode(AddPath, AddBody("delivery_id", `"TEST"`), 9300525)
	kept, moved := WaybillOf(t, d.Call(AddPath, TestBody("kept"))), WaybillOf(t, d.Call(AddPath, TestBody("moved")))
	update := func(biz, order, waybill string) string {
		return fmt.Sprintf(`{"biz_id":%q,"order_id":%q,"delivery_id":"TEST","waybill_id":%q,"action_time":123456789,"action_type":100001,"action_msg":"揽件阶段"}`, biz, order, waybill)
	}
	d.WantCode(TestUpdatePath, update("xyz", "moved", moved), 930561)
	d.WantCode(TestUpdatePath, update("test_biz_id", "absent", moved), 930563)
	d.WantCode(TestUpdatePath, update("test_biz_id", "order", "W1"), 930563)
	d.WantCode(TestUpdatePath, update("test_biz_id", "moved", kept), 40199)
	d.WantCode(TestUpdatePath, update("test_biz_id", "moved", moved), 0)
	d.WantCode(CancelPath, CancelBody("order_id", "moved", "waybill_id", moved, "delivery_id", "TEST"), 9300506)
	cancel := CancelBody("order_id", "kept", "waybill_id", kept, "delivery_id", "TEST")
	d.WantCode(CancelPath, cancel, 0)
	d.WantCode(CancelPath, cancel, 9300524)
	if len(d.Carrier.Packets)+d.Carrier.Count() != 0 {
		t.Error("a carrier got a push")
	}
}

// After any node, sent once or twice, WeChat answers a cancel by itself and the carrier gets no
// push; the merchant sees the order as it was and every node that was sent.
func TestNodesStopCancel(t *testing.T) {
	t.Parallel()
	for _, action := range []int{
		100001, 100002, 100003, 200001, 300001, 300002, 300003, 300004, 400001, 400002,
	} {
		for sent := 1; sent <= 2; sent++ {
			d := StartSandbox(t, wechat.JSON, nil)
			for range sent {
				d.WantCode(UpdatePath, PathBody("W1", action, 1533052800), 0)
			}
			d.WantCode(CancelPath, CancelBody(), 9300506)
			if got := d.Send("POST", d.MerchantURL+CloudPath, `{"orderId":"order","openid":"`+User+`","deliveryId":"SF","waybillId":"W1"}`); !strings.Contains(got, `"errCode":9300506,`) {
				t.Errorf("%d: the cloud call: %s", action, got)
			}
			if n := d.Carrier.Count(); n != 0 {
				t.Errorf("%d: the carrier got %d pushes", action, n)
			}
			if got := d.Call(GetPath, CancelBody()); !strings.Contains(got, `"order_status":0}`) {
				t.Errorf("%d: %s", action, got)
			}
			node := fmt.Sprintf(`{"action_time":1533052800,"action_type":%d,"action_msg":"【18666666666】正在派件"}`, action)
			if got := d.Call(PathPath, CancelBody()); !strings.HasSuffix(got, fmt.Sprintf(`"path_item_num":%d,"path_item_list":[%s]}`, sent, strings.Join([]string{node, node}[:sent], ","))) {
				t.Errorf("%d: %s", action, got)
			}
			if sent == 2 && !d.LastCall().Repeat {
				t.Errorf("%d: %+v", action, d.LastCall())
			}
		}
	}
	// What was refused is no node.
	d := StartSandbox(t, wechat.JSON, nil)
	d.SetLimits(UpdatePath, 1, 0)
	d.WantCode(UpdatePath, PathBody("W2", 100001, 1533052800), 0)
	d.WantCode(UpdatePath, PathBody("W1", 100001, 1533052800), 45009)
	d.WantCode(CancelPath, CancelBody(), 0)
}
