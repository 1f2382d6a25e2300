package sandbox

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// testSign is the delivery_sign of an order of WeChat's company for trying.
func testSign(orderID string) string {
	sum := sha1.Sum([]byte("test_shop_id" + orderID + "test_app_secrect"))
	return hex.EncodeToString(sum[:])
}

// onTest makes a body that of an order at the company for trying.
func onTest(tb testing.TB, orderID string, change ...string) string {
	tb.Helper()
	return localBody(tb, append([]string{
		"shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "shop_order_id", `"` + orderID + `"`, "delivery_sign", `"` + testSign(orderID) + `"`,
	}, change...)...)
}

func askTest(orderID string, change ...string) string {
	return askBody(append([]string{
		"shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "shop_order_id", `"` + orderID + `"`, "delivery_sign", `"` + testSign(orderID) + `"`, "waybill_id", "",
	}, change...)...)
}

func mockBody(orderID string, status string, change ...string) string {
	return askBody(append([]string{
		"shopid", `"test_shop_id"`, "shop_order_id", `"` + orderID + `"`, "order_status", status, "action_time", "1600000000", "action_msg", `"whatTheRiderDid"`,
	}, change...)...)
}

// WeChat's page on signs has this example.
func TestSignOfThePage(t *testing.T) {
	t.Parallel()
	if got := testSign("test_shop_order_id"); got != "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb" {
		t.Errorf("%s", got)
	}
	if f := testSigned(localKey{shopID: "test_shop_id", orderID: "test_shop_order_id"}, "A93D8D6BAE9A9483C1B1D4E8670E7F6226EC94CB"); f != nil {
		t.Errorf("%+v", f)
	}
}

// An order at the company for trying, from its price to its second placing, with no
// company asked.
func TestCompanyForTrying(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	want := `{"resultcode":0,"resultmsg":"ok","fee":10,"deliverfee":10,"couponfee":0,"tips":1.5,"insurancfee":0,"insurancefee":0,"distance":1000,"dispatch_duration":300}`
	if got := d.call(preAddPath, onTest(t, "a", "order_info.tips", "1.5")); got != want {
		t.Errorf("%s", got)
	}
	d.wantCode(localGetPath, askTest("a"), 930563)
	got := d.call(localAddPath, onTest(t, "a", "sender", "", "shop_no", ""))
	if !regexp.MustCompile(`"distance":1000,"waybill_id":"\d{16}","order_status":101,"finish_code":[1-9]\d{3},"pickup_code":[1-9]\d{3},"dispatch_duration":300}$`).MatchString(got) {
		t.Errorf("%s", got)
	}
	number := waybillOf(t, got)
	d.wantCode(localAddPath, onTest(t, "a"), 930562)
	d.wantCode(readdPath, onTest(t, "a"), 930562)
	d.wantResult(tipsPath, askTest("a", "waybill_id", `"`+number+`"`), 0)
	d.wantResult(tipsPath, askTest("a", "waybill_id", `"`+number+`"`), 1)
	d.wantHint(tipsPath, askTest("a", "waybill_id", `"other"`), "waybill_id")
	d.wantResult(confirmPath, askTest("a", "waybill_id", `"`+number+`"`), 1)
	d.wantResult(preCancelPath, askTest("a", "waybill_id", `"`+number+`"`), 0)
	if got, want := d.call(localCancelPath, askTest("a")), `{"resultcode":0,"resultmsg":"ok","deduct_fee":0,"desc":""}`; got != want {
		t.Errorf("%s", got)
	}
	for _, path := range []string{localCancelPath, preCancelPath, tipsPath, confirmPath, mockPath} {
		d.wantCode(path, mockBody("a", "102", "delivery_id", `"TEST"`, "delivery_sign", `"`+testSign("a")+`"`, "waybill_id", `"`+number+`"`), 930565)
	}
	if got := d.call(localGetPath, askTest("a")); got != `{"resultcode":0,"resultmsg":"ok","order_status":103,"waybill_id":"`+number+`"}` {
		t.Errorf("%s", got)
	}
	got = d.call(readdPath, onTest(t, "a", "order_info.is_finish_code_needed", "0"))
	if again := waybillOf(t, got); again == number || again == "" || strings.Contains(got, "finish_code") || !strings.Contains(got, "pickup_code") {
		t.Errorf("placed again: %s", got)
	}
	if c.count() != 0 {
		t.Errorf("the company was pushed %d times", c.count())
	}
	d.wantHint(localAddPath, onTest(t, "b", "delivery_sign", `"01234567890123456789"`), "delivery_sign")
	d.wantHint(localGetPath, askTest("a", "delivery_sign", `"01234567890123456789"`), "delivery_sign")
	full := newDesk(t, wechat.JSON, func(o *APIOptions) { o.Numbers = NumberRange{Width: 2, First: 99} })
	if got := waybillOf(t, full.call(localAddPath, onTest(t, "a"))); got != "99" {
		t.Errorf("the last number is %q", got)
	}
	full.wantCode(localAddPath, onTest(t, "b"), 930555)
	full.wantCode(localGetPath, askTest("b"), 930563)
}

func waybillOf(tb testing.TB, answer string) string {
	tb.Helper()
	var a struct {
		Number string `json:"waybill_id"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		tb.Fatal(err)
	}
	return a.Number
}

// A merchant moves what the sandbox plays, and nothing else; an order that has ended
// stays so.
func TestMockUpdateOrder(t *testing.T) {
	t.Parallel()
	d, _ := localDesk(t, wechat.JSON, "SFTC")
	d.wantCode(mockPath, mockBody("order-101", "102"), 930563)
	for _, status := range localStatuses {
		id, text := "order-"+strconv.FormatInt(status, 10), strconv.FormatInt(status, 10)
		d.wantResult(localAddPath, onTest(t, id), 0)
		if got, want := d.call(mockPath, mockBody(id, text)), sample(t, "api.local.mock_update_order.response.json"); got != want {
			t.Errorf("%s", got)
		}
		if got := d.call(localGetPath, askTest(id)); !strings.Contains(got, `"order_status":`+text+`,`) {
			t.Errorf("%d: %s", status, got)
		}
		over := slices.Contains([]int64{103, 203, 204, 205, 302, 401, 501, 502}, status)
		if over {
			d.wantCode(mockPath, mockBody(id, "101"), 930565)
			d.wantCode(localCancelPath, askTest(id), 930565)
			d.wantResult(readdPath, onTest(t, id), 0)
		} else {
			d.wantCode(readdPath, onTest(t, id), 930562)
			d.wantResult(mockPath, mockBody(id, text), 0)
		}
		want := map[int64]int{101: 103, 102: 103, 201: 203, 202: 303, 301: 303}[status]
		if back := map[int64]bool{303: true, 304: true, 305: true}[status]; back {
			d.wantResult(localCancelPath, askTest(id), 1)
			d.wantResult(confirmPath, askTest(id, "waybill_id", `"`+waybillOf(t, d.call(localGetPath, askTest(id)))+`"`), 0)
			want = 401
		} else if want != 0 {
			d.wantResult(localCancelPath, askTest(id), 0)
		}
		if got := d.call(localGetPath, askTest(id)); want != 0 && !strings.Contains(got, `"order_status":`+strconv.Itoa(want)+`,`) {
			t.Errorf("%d then: %s", status, got)
		}
	}
	for _, tt := range []struct{ member, bad string }{
		{"shopid", `"122222222"`}, {"shopid", ""}, {"shop_order_id", ""}, {"order_status", ""}, {"order_status", "100"}, {"order_status", "0"},
		{"action_time", ""}, {"action_time", "0"}, {"action_time", "1597288186128"}, {"action_msg", quoted(1025, "x")},
	} {
		d.wantHint(mockPath, mockBody("order-102", "102", tt.member, tt.bad), tt.member)
	}
	d.wantResult(localAddPath, localBody(t, "shopid", `"test_shop_id"`, "shop_order_id", `"real"`), 0)
	d.wantCode(mockPath, mockBody("real", "102"), 930563)
}

// reportBody is a company's report about the sample order.
func reportBody(token string, change ...string) string {
	return askBody(append([]string{
		"wx_token", `"` + token + `"`, "order_status", "102", "action_time", "1638703215", "action_msg", `"whatTheRiderDid"`, "wxa_path", `"pages/index/index"`,
		"agent", `{"name":"李x利","phone":"1358xxxx","is_phone_encrypted":0,"lng":112.224839}`, "expected_delivery_time", "1638705236",
	}, change...)...)
}

// A company reports with the token of the placing; what has ended is told to the
// merchant without asking the company.
func TestUpdateOrder(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.wantResult(localAddPath, localBody(t), 0)
	first := c.lastOrder().WXToken
	if got, want := d.call(reportPath, reportBody(first)), sample(t, "api.local.update_order.response.json"); got != want {
		t.Errorf("%s", got)
	}
	c.says(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W1", 102 })
	if got, want := d.call(localGetPath, askBody()), strings.Replace(sample(t, "api.local.get.response.json"), "123456789", "W1", 1); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	c.says(nil)
	for _, tt := range []struct{ member, bad string }{
		{"wx_token", ""}, {"wx_token", `"other"`}, {"waybill_id", ""}, {"shopid", ""}, {"shop_order_id", ""}, {"order_status", ""}, {"order_status", "104"},
		{"action_time", ""}, {"action_time", "1638703215000"}, {"wxa_path", ""}, {"agent", ""}, {"expected_delivery_time", "-1"},
	} {
		d.wantHint(reportPath, reportBody(first, tt.member, tt.bad), tt.member)
	}
	d.wantHint(reportPath, reportBody(first, "agent", `{"name":"李x利"}`), "agent.phone")
	d.wantHint(reportPath, reportBody(first, "agent", `{"phone":"1358xxxx"}`), "agent.name")
	d.wantHint(reportPath, reportBody(first, "agent", `{"name":"李x利","phone":"1358xxxx","is_phone_encrypted":2}`), "agent.is_phone_encrypted")
	d.wantCode(reportPath, reportBody(first, "shopid", `"1"`), 930563)
	d.wantCode(reportPath, reportBody(first, "shop_order_id", `"1"`), 930563)
	d.wantCode(reportPath, reportBody(first, "waybill_id", `"W2"`), 930563)
	d.wantResult(reportPath, reportBody(first, "shopid", localShop, "order_status", "204", "agent", ""), 0)
	asked := c.count()
	for _, path := range []string{localCancelPath, preCancelPath, tipsPath, confirmPath} {
		if got := d.call(path, askBody()); !strings.HasPrefix(got, `{"errcode":930565,"errmsg":"order ended rid: `) {
			t.Errorf("%s: %s", path, got)
		}
	}
	if c.count() != asked {
		t.Error("the company was asked about an order that has ended")
	}
	d.wantResult(reportPath, reportBody(first, "order_status", "204"), 0) // again
	d.wantCode(reportPath, reportBody(first, "order_status", "205"), 930565)
	d.wantResult(readdPath, localBody(t), 0)
	d.wantCode(reportPath, reportBody(first, "order_status", "204"), 930565)
	d.wantResult(reportPath, reportBody(c.lastOrder().WXToken, "waybill_id", `"W2"`), 0)
	d.wantResult(tipsPath, askBody("waybill_id", `"W2"`), 0)
}

// A report may come before the answer to the push, and says the waybill if that does
// not.
func TestUpdateOrderEarly(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.carrier.answersLocal(func(p *wechat.Push) []byte {
		reply := c.answer(p)
		d.wantResult(reportPath, reportBody(c.lastOrder().WXToken), 0)
		return reply
	})
	d.wantResult(localAddPath, localBody(t), 0)
	if got := d.send(http.MethodGet, d.control.URL+"/deliveries", ""); !strings.Contains(got, `"attempts":[{"waybill_id":"W1","order_status":102,"at":"2021-12-05T11:20:15Z","cancelled":false}]`) {
		t.Errorf("%s", got)
	}
	for _, number := range []string{"EARLY", "LATE"} {
		report := func() {
			d.wantResult(reportPath, reportBody(c.lastOrder().WXToken, "waybill_id", `"`+number+`"`), 0)
		}
		c.says(func(r *wechat.TransportReply) { r.WaybillID = "" })
		d.carrier.answersLocal(func(p *wechat.Push) []byte {
			reply := c.answer(p)
			if number == "EARLY" {
				report()
			}
			return reply
		})
		d.wantResult(readdPath, localBody(t), 0)
		d.carrier.answersLocal(c.answer)
		if number == "LATE" {
			report()
		}
		c.says(nil)
		d.call(localGetPath, askBody())
		if asked := c.lastAsk(); asked.WaybillID != number {
			t.Errorf("asked about %q, not %s", asked.WaybillID, number)
		}
	}
	// A report says that the order is there even if no right answer follows.
	d.carrier.answersLocal(func(p *wechat.Push) []byte {
		c.answer(p)
		d.wantResult(reportPath, reportBody(c.lastOrder().WXToken, "shop_order_id", `"second"`), 0)
		return []byte("success")
	})
	d.wantCode(localAddPath, localBody(t, "shop_order_id", `"second"`), 930557)
	if got := d.send(http.MethodGet, d.control.URL+"/deliveries", ""); strings.Contains(got, `"in_doubt":true`) {
		t.Errorf("%s", got)
	}
	d.send(http.MethodPost, d.control.URL+"/reset", "")
	d.wantHint(reportPath, reportBody(c.lastOrder().WXToken), "wx_token")
}
