package instant_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// An order at the company for trying, from its price to its second placing, with no
// company involved.
func TestCompanyForTrying(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	want := `{"resultcode":0,"resultmsg":"ok","fee":10,"deliverfee":10,"couponfee":0,"tips":1.5,"insurancfee":0,"insurancefee":0,"distance":1000,"dispatch_duration":300}`
	if got := d.Call(PreAddPath, TrialBody("a", "order_info.tips", "1.5")); got != want {
		t.Errorf("%s", got)
	}
	d.WantCode(InstantGetPath, TrialFollowUpBody("a"), 930563)
	got := d.Call(PlacePath, TrialBody("a", "sender", "", "shop_no", ""))
	if !regexp.MustCompile(`"distance":1000,"waybill_id":"\d{16}","order_status":101,"finish_code":[1-9]\d{3},"pickup_code":[1-9]\d{3},"dispatch_duration":300}$`).MatchString(got) {
		t.Errorf("%s", got)
	}
	number := WaybillOf(t, got)
	d.WantCode(PlacePath, TrialBody("a"), 930562)
	d.WantCode(ReaddPath, TrialBody("a"), 930562)
	d.WantResult(TipsPath, TrialFollowUpBody("a", "waybill_id", `"`+number+`"`), 0)
	d.WantResult(TipsPath, TrialFollowUpBody("a", "waybill_id", `"`+number+`"`), 1)
	d.WantHint(TipsPath, TrialFollowUpBody("a", "waybill_id", `"other"`), "waybill_id")
	d.WantResult(ConfirmPath, TrialFollowUpBody("a", "waybill_id", `"`+number+`"`), 1)
	d.WantResult(PreCancelPath, TrialFollowUpBody("a", "waybill_id", `"`+number+`"`), 0)
	if got, want := d.Call(InstantCancelPath, TrialFollowUpBody("a")), `{"resultcode":0,"resultmsg":"ok","deduct_fee":0,"desc":""}`; got != want {
		t.Errorf("%s", got)
	}
	for _, path := range []string{InstantCancelPath, PreCancelPath, TipsPath, ConfirmPath, MockPath} {
		d.WantCode(path, MockBody("a", "102", "waybill_id", `"`+number+`"`), 930565)
	}
	if got := d.Call(InstantGetPath, TrialFollowUpBody("a")); got != `{"resultcode":0,"resultmsg":"ok","order_status":103,"waybill_id":"`+number+`"}` {
		t.Errorf("%s", got)
	}
	got = d.Call(ReaddPath, TrialBody("a", "order_info.is_finish_code_needed", "0"))
	if again := WaybillOf(t, got); again == number || again == "" || strings.Contains(got, "finish_code") || !strings.Contains(got, "pickup_code") {
		t.Errorf("placed again: %s", got)
	}
	if c.Count() != 0 {
		t.Errorf("the company was pushed %d times", c.Count())
	}
	d.WantHint(PlacePath, TrialBody("b", "delivery_sign", `"01234567890123456789"`), "delivery_sign")
	d.WantHint(InstantGetPath, TrialFollowUpBody("a", "delivery_sign", `"01234567890123456789"`), "delivery_sign")
	full := StartSandbox(t, wechat.JSON, func(o *Options) { o.Numbers = sandbox.NumberRange{Width: 2, First: 99} })
	if got := WaybillOf(t, full.Call(PlacePath, TrialBody("a"))); got != "99" {
		t.Errorf("the last number is %q", got)
	}
	full.WantCode(PlacePath, TrialBody("b"), 930555)
	full.WantCode(InstantGetPath, TrialFollowUpBody("b"), 930563)
}

// A merchant moves what the sandbox plays, and nothing else; an order that has ended
// stays so.
func TestMockUpdateOrder(t *testing.T) {
	t.Parallel()
	d, _ := startInstant(t, wechat.JSON, "SFTC")
	d.WantCode(MockPath, MockBody("order-101", "102"), 930563)
	for _, status := range sandbox.OrderStatuses {
		id, text := "order-"+strconv.FormatInt(status, 10), strconv.FormatInt(status, 10)
		d.WantResult(PlacePath, TrialBody(id), 0)
		if got, want := d.Call(MockPath, MockBody(id, text)), Sample(t, "api.instant.mock_update_order.response.json"); got != want {
			t.Errorf("%s", got)
		}
		if got := d.Call(InstantGetPath, TrialFollowUpBody(id)); !strings.Contains(got, `"order_status":`+text+`,`) {
			t.Errorf("%d: %s", status, got)
		}
		over := slices.Contains([]int64{103, 203, 204, 205, 302, 401, 501, 502}, status)
		if over {
			d.WantCode(MockPath, MockBody(id, "101"), 930565)
			d.WantCode(InstantCancelPath, TrialFollowUpBody(id), 930565)
			d.WantResult(ReaddPath, TrialBody(id), 0)
		} else {
			d.WantCode(ReaddPath, TrialBody(id), 930562)
			d.WantResult(MockPath, MockBody(id, text), 0)
		}
		want := map[int64]int{101: 103, 102: 103, 201: 203, 202: 303, 301: 303}[status]
		if back := map[int64]bool{303: true, 304: true, 305: true}[status]; back {
			d.WantResult(InstantCancelPath, TrialFollowUpBody(id), 1)
			d.WantResult(ConfirmPath, TrialFollowUpBody(id, "waybill_id", `"`+WaybillOf(t, d.Call(InstantGetPath, TrialFollowUpBody(id)))+`"`), 0)
			want = 401
		} else if want != 0 {
			d.WantResult(InstantCancelPath, TrialFollowUpBody(id), 0)
		}
		if got := d.Call(InstantGetPath, TrialFollowUpBody(id)); want != 0 && !strings.Contains(got, `"order_status":`+strconv.Itoa(want)+`,`) {
			t.Errorf("%d then: %s", status, got)
		}
	}
	for _, tt := range []struct{ member, bad string }{
		{"shopid", `"122222222"`}, {"shopid", ""}, {"shop_order_id", ""}, {"order_status", ""}, {"order_status", "100"}, {"order_status", "0"},
		{"action_time", ""}, {"action_time", "0"}, {"action_time", "1597288186128"}, {"action_msg", Quoted(1025, "x")},
	} {
		d.WantHint(MockPath, MockBody("order-102", "102", tt.member, tt.bad), tt.member)
	}
	d.WantResult(PlacePath, PlaceBody("shopid", `"test_shop_id"`, "shop_order_id", `"real"`), 0)
	d.WantCode(MockPath, MockBody("real", "102"), 930563)
}
