package sandbox

import (
	"bytes"
	"testing"

	"carrierhook/internal/wechat"
)

// The samples of the questions: the push and the answer are WeChat's, byte for byte.
func TestLocalQuerySample(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		d.wantResult(localAddPath, localBody(t), 0)
		token := c.lastOrder().WXToken
		d.wantResult(reportPath, reportBody(token), 0)
		c.sends(func(event string) []byte { return sampleReply(t, f, event) })
		if got, want := d.call(localGetPath, askBody()), sample(t, "api.local.get.response.json"); got != want {
			t.Errorf("%v\n got %s\nwant %s", f, got, want)
		}
		samePacket(t, f, wechat.EventQueryOrder+".request", d.pushed(), varyingLocal...)
		c.sends(func(event string) []byte {
			return bytes.ReplaceAll(sampleReply(t, f, event), []byte("102"), []byte("502"))
		})
		d.wantResult(localGetPath, askBody(), 0)
		d.wantCode(localCancelPath, askBody(), 930565)
	}
}

// The members of each question on both sides of their edges.
func TestLocalAskLimits(t *testing.T) {
	t.Parallel()
	all := []string{localCancelPath, preCancelPath, localGetPath, tipsPath, confirmPath}
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.wantResult(localAddPath, localBody(t), 0)
	for _, tt := range []struct {
		member    string
		paths     []string
		good, bad []string
	}{
		{"shopid", all, nil, []string{"", `""`}},
		{"shop_order_id", all, nil, []string{"", quoted(129, "x")}},
		{"delivery_sign", all, []string{quoted(1024, "x")}, []string{"", `""`, quoted(1025, "x")}},
		{"shop_no", all, []string{"", quoted(128, "x")}, []string{quoted(129, "x")}},
		{"delivery_id", []string{localCancelPath, preCancelPath}, nil, []string{"", `"GIVEN"`}},
		{"waybill_id", []string{localCancelPath, preCancelPath, tipsPath, confirmPath}, []string{quoted(128, "x")}, []string{"", quoted(129, "x")}},
		{"cancel_reason_id", []string{localCancelPath}, []string{"1", "2", "3", "4", "5"}, []string{"", "0", "7"}},
		{"cancel_reason_id", []string{preCancelPath}, []string{"", "1", "5"}, []string{"0", "7"}},
		{"cancel_reason", []string{localCancelPath, preCancelPath}, []string{"", `""`, quoted(1024, "x")}, []string{quoted(1025, "x")}},
		{"tips", []string{tipsPath}, []string{"0.01", "0.005", "10000000000"}, []string{"", "0", "0.004", "-1", "10000000000.01"}},
		{"remark", []string{tipsPath, confirmPath}, []string{"", quoted(1024, "x")}, []string{quoted(1025, "x")}},
	} {
		for _, path := range tt.paths {
			for _, bad := range tt.bad {
				asked := c.count()
				d.wantHint(path, askBody(tt.member, bad), tt.member)
				if c.count() != asked {
					t.Errorf("%s of %s: the company was asked", tt.member, bad)
				}
			}
			for _, good := range tt.good {
				d.wantResult(path, askBody(tt.member, good), 0)
				if path == localCancelPath {
					d.wantCode(path, askBody(tt.member, good), 930565)
					d.wantResult(readdPath, localBody(t), 0)
				}
			}
		}
	}
	for _, path := range []string{preCancelPath, localCancelPath} {
		d.wantHint(path, askBody("cancel_reason_id", "6"), "cancel_reason")
		d.wantResult(path, askBody("cancel_reason_id", "6", "cancel_reason", `"reasonInWords"`), 0)
	}
	if m := c.lastAsk(); m.CancelReasonID != "6" || m.CancelReason != "reasonInWords" {
		t.Error("the reason did not arrive")
	}
	for _, path := range all {
		d.wantCode(path, askBody("shopid", "7"), 47001)
	}
}

// A merchant that names no waybill asks about the last one; some companies want one
// named, or the shop.
func TestLocalAskDefaults(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "DADA")
	dada := []string{"delivery_id", `"DADA"`, "waybill_id", ""}
	d.wantResult(localAddPath, localBody(t, dada[:2]...), 0)
	d.wantHint(preCancelPath, askBody(dada...), "waybill_id")
	d.wantResult(localCancelPath, askBody(dada...), 0)
	if m := c.lastAsk(); m.WaybillID != "W1" || m.ShopNo != "12345678" {
		t.Errorf("asked about %q of %q", m.WaybillID, m.ShopNo)
	}
	d.wantResult(confirmPath, askBody(), 0) // how a cancelled order ends is for the company to say
	d.wantResult(readdPath, localBody(t, dada[:2]...), 0)
	d.wantResult(localGetPath, askBody(dada...), 0)
	if m := c.lastAsk(); m.WaybillID != "W2" {
		t.Errorf("asked about %q", m.WaybillID)
	}
	d.wantResult(tipsPath, askBody("waybill_id", `"W1"`), 0)
	if m := c.lastAsk(); m.WaybillID != "W1" {
		t.Errorf("asked about %q, which the merchant did not name", m.WaybillID)
	}

	d, _ = localDesk(t, wechat.JSON, "SS")
	ss := []string{"delivery_id", `"SS"`, "order_info.is_direct_delivery", "1"}
	d.wantResult(localAddPath, localBody(t, ss...), 0)
	for _, path := range []string{preCancelPath, tipsPath, confirmPath, localCancelPath} {
		d.wantHint(path, askBody("delivery_id", `"SS"`, "shop_no", ""), "shop_no")
		d.wantResult(path, askBody("delivery_id", `"SS"`), 0)
	}
	d.wantResult(localGetPath, askBody("shop_no", ""), 0)
}
