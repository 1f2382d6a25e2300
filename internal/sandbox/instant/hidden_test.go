package instant_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/input"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// What is shown of a push has nothing of people, places, goods or keys, whatever the
// company makes of it.
func TestPushesHide(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		body := PlaceBody("delivery_token", `"tokenOfThePrice"`, "delivery_sign", `"FINISH4711"`)
		followUp := FollowUpBody("cancel_reason_id", "6", "cancel_reason", `"reasonInWords"`, "delivery_sign", `"FINISH4711"`)
		d.WantResult(PreAddPath, body, 0)
		d.WantResult(PlacePath, body, 0)
		d.WantResult(InstantGetPath, followUp, 0)
		d.WantResult(TipsPath, followUp, 0)
		c.Refuse(1010, "收件人老王电话18512345678不正确")
		d.WantResult(ReaddPath, body, 1010)
		c.Refuse(1011, "在xx大厦")
		d.WantResult(ReaddPath, PlaceBody("sender.name", `"xx大"`), 1011)
		c.SendRaw(func(string) []byte { return []byte(`<xml>老王 18512345678</xml>`) })
		d.WantCode(ReaddPath, body, 930557)
		c.SendRaw(func(event string) []byte {
			return bytes.Replace(SampleReply(t, f, event), []byte("gh_abcdefg"), []byte("老王 18512345678"), 1)
		})
		d.WantCode(InstantCancelPath, followUp, 930557)
		c.Change(nil)
		d.WantResult(InstantCancelPath, followUp, 0)
		got := d.Show("pushes") + d.Show("deliveries")
		for _, secret := range append(InstantSecrets, c.Orders[1].WXToken) {
			if strings.Contains(got, secret) {
				t.Errorf("%v: %s is shown in %s", f, secret, got)
			}
		}
		for _, part := range []string{
			`"event":"transport_readd_order","biz_id":"122222222","order_id":"SFTC_001"`, `"result_code":1010,"result_msg":"收件人[hidden]电话[hidden]不正确"`,
			`"result_msg":"在[hidden]"`, "[hidden: ", "bytes that are no right reply]", `"waybill_id":"W1"`, "12.50", "1234",
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%v: %s is not in %s", f, part, got)
			}
		}
	}
}

// A personal text that the packet or an error writes in another way is not shown.
func TestPushesHideAwkwardText(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		for _, name := range []string{`王"小"明`, `王小]]>明小`, `王\小明`, "王小\n明小", "王小\t明", "王小\u3000明", `]>王小明`} {
			body := PlaceBody("receiver.name", strings.ReplaceAll(strconv.Quote(name), `\u3000`, "\u3000"))
			name = input.OneLine(name) // which is what the company gets
			c.Refuse(1010, "收件人不正确]"+name+"。")
			d.WantResult(ReaddPath, body, 1010)
			c.Change(func(r *wechat.InstantReply) { r.ToUserName = "]" + name })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.InstantReply) { r.FromUserName = "]" + name })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.InstantReply) { r.WaybillID = "]" + name + strings.Repeat("x", 129) })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.InstantReply) { r.Desc = "退款给]" + name })
			d.WantResult(PreCancelPath, FollowUpBody(), 0)
			c.Change(func(r *wechat.InstantReply) { r.ActionMsg = "已送给]" + name })
			d.WantResult(InstantGetPath, FollowUpBody(), 0)
			c.Change(nil)
		}
		got := d.Show("pushes")
		if strings.Contains(got, "小") || strings.Contains(got, "明") {
			t.Errorf("%v: a name is shown in %s", f, got)
		}
		for _, part := range []string{`"result_msg":"收件人不正确][hidden]。"`, "退款给][hidden]", "ToUserName of the reply is", "收件人不正确][hidden]。"} {
			if n := strings.Count(got, part); n < 7 {
				t.Errorf("%v: %s is there %d times in %s", f, part, n, got)
			}
		}
	}
}
