package instant_test

import (
	"bytes"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// The samples of the follow-ups: the push and the answer are WeChat's, byte for byte.
func TestQuerySample(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		token := c.LastOrder().WXToken
		d.WantResult(StatusReportPath, StatusReportBody(token), 0)
		c.SendRaw(func(event string) []byte { return SampleReply(t, f, event) })
		if got, want := d.Call(InstantGetPath, FollowUpBody()), Sample(t, "api.instant.get.response.json"); got != want {
			t.Errorf("%v\n got %s\nwant %s", f, got, want)
		}
		packet, _ := d.Carrier.Last()
		SamePacket(t, f, wechat.EventQueryOrder+".request", packet, Varying...)
		c.SendRaw(func(event string) []byte {
			return bytes.ReplaceAll(SampleReply(t, f, event), []byte("102"), []byte("502"))
		})
		d.WantResult(InstantGetPath, FollowUpBody(), 0)
		d.WantCode(InstantCancelPath, FollowUpBody(), 930565)
	}
}

// The members of each follow-up on both sides of their edges.
func TestFollowUpLimits(t *testing.T) {
	t.Parallel()
	all := []string{InstantCancelPath, PreCancelPath, InstantGetPath, TipsPath, ConfirmPath}
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	for _, tt := range []struct {
		member    string
		paths     []string
		good, bad []string
	}{
		{"shopid", all, nil, []string{"", `""`}},
		{"shop_order_id", all, nil, []string{"", Quoted(129, "x")}},
		{"delivery_sign", all, []string{Quoted(1024, "x")}, []string{"", `""`, Quoted(1025, "x")}},
		{"shop_no", all, []string{"", Quoted(128, "x")}, []string{Quoted(129, "x"), `"a\tb"`}},
		{"delivery_id", []string{InstantCancelPath, PreCancelPath}, nil, []string{"", `"GIVEN"`}},
		{"waybill_id", []string{InstantCancelPath, PreCancelPath, TipsPath, ConfirmPath}, []string{Quoted(128, "x")}, []string{"", Quoted(129, "x")}},
		{"cancel_reason_id", []string{InstantCancelPath}, []string{"1", "2", "3", "4", "5"}, []string{"", "0", "7"}},
		{"cancel_reason_id", []string{PreCancelPath}, []string{"", "0", "1", "5"}, []string{"7", "-1"}},
		{"cancel_reason", []string{InstantCancelPath, PreCancelPath}, []string{"", `""`, Quoted(1024, "x")}, []string{Quoted(1025, "x")}},
		{"tips", []string{TipsPath}, []string{"0.01", "0.005", "10000000000"}, []string{"", "0", "0.004", "-1", "10000000000.01"}},
		{"remark", []string{TipsPath, ConfirmPath}, []string{"", Quoted(1024, "x")}, []string{Quoted(1025, "x")}},
	} {
		for _, path := range tt.paths {
			for _, bad := range tt.bad {
				before := c.Count()
				d.WantHint(path, FollowUpBody(tt.member, bad), tt.member)
				if c.Count() != before {
					t.Errorf("%s of %s: the company got a push", tt.member, bad)
				}
			}
			for _, good := range tt.good {
				d.WantResult(path, FollowUpBody(tt.member, good), 0)
				if path == InstantCancelPath {
					d.WantCode(path, FollowUpBody(tt.member, good), 930565)
					d.WantResult(ReaddPath, PlaceBody(), 0)
				}
			}
		}
	}
	for _, path := range []string{PreCancelPath, InstantCancelPath} {
		d.WantHint(path, FollowUpBody("cancel_reason_id", "6"), "cancel_reason")
		d.WantResult(path, FollowUpBody("cancel_reason_id", "6", "cancel_reason", `"reasonInWords"`), 0)
	}
	if m := c.LastFollowUp(); m.CancelReasonID != "6" || m.CancelReason != "reasonInWords" {
		t.Error("the reason did not arrive")
	}
	for _, path := range all {
		d.WantCode(path, FollowUpBody("shopid", "7"), 47001)
	}
}

// A merchant that names no waybill means the last one; some companies want one
// named, or the shop.
func TestFollowUpDefaults(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "DADA")
	dada := []string{"delivery_id", `"DADA"`, "waybill_id", ""}
	d.WantResult(PlacePath, PlaceBody(dada[:2]...), 0)
	d.WantHint(PreCancelPath, FollowUpBody(dada...), "waybill_id")
	d.WantResult(InstantCancelPath, FollowUpBody(dada...), 0)
	if m := c.LastFollowUp(); m.WaybillID != "W1" || m.ShopNo != "12345678" {
		t.Errorf("a push about %q of %q", m.WaybillID, m.ShopNo)
	}
	d.WantResult(ConfirmPath, FollowUpBody(), 0) // how a cancelled order ends is for the company to say
	d.WantResult(ReaddPath, PlaceBody(dada[:2]...), 0)
	d.WantResult(InstantGetPath, FollowUpBody(dada...), 0)
	if m := c.LastFollowUp(); m.WaybillID != "W2" {
		t.Errorf("a push about %q", m.WaybillID)
	}
	d.WantResult(TipsPath, FollowUpBody("waybill_id", `"W1"`), 0)
	if m := c.LastFollowUp(); m.WaybillID != "W1" {
		t.Errorf("a push about %q, which the merchant did not name", m.WaybillID)
	}

	d, _ = startInstant(t, wechat.JSON, "SS")
	ss := []string{"delivery_id", `"SS"`, "order_info.is_direct_delivery", "1"}
	d.WantResult(PlacePath, PlaceBody(ss...), 0)
	for _, path := range []string{PreCancelPath, TipsPath, ConfirmPath, InstantCancelPath} {
		d.WantHint(path, FollowUpBody("delivery_id", `"SS"`, "shop_no", ""), "shop_no")
		d.WantResult(path, FollowUpBody("delivery_id", `"SS"`), 0)
	}
	d.WantResult(InstantGetPath, FollowUpBody("shop_no", ""), 0)
}
