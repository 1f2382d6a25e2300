package wechat

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

var (
	// sampleCheck is what WeChat's sample request of today says, sampleCheck2019
	// that of the older edition.
	sampleCheck = CheckBiz{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "check_biz",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
		ShopName: "商户名称", ShopTelphone: "18677778888", ShopContact: "村正", ServiceName: "标准快递",
		SenderProvince: "广东省", SenderCity: "广州市", SenderArea: "海珠区", SenderAddress: "新港中路397号",
	}
	sampleCheck2019 = func() CheckBiz {
		m := sampleCheck
		m.SenderProvince, m.SenderCity, m.SenderArea, m.SenderAddress = "", "", "", "广东省广州市海珠区新港中路397号"
		return m
	}()
	sampleQuota = GetQuota{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "get_quota",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
	}
)

// TestAccountSamples: WeChat's samples read as what they say, and are what we
// write when we play WeChat.
func TestAccountSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for name, want := range map[string]CheckBiz{"request": sampleCheck, "request.2019": sampleCheck2019} {
			packet := sample(t, fmt.Sprintf("check_biz.%s.%v", name, f))
			got, err := openPacket(t, packet).CheckBiz()
			must(t, err)
			if got != want {
				t.Errorf("%s:\n got %s\nwant %s", name, EncodeCheckBiz(JSON, got), EncodeCheckBiz(JSON, want))
			}
			if got, want := EncodeCheckBiz(f, want), compact(t, f, packet); !bytes.Equal(got, want) {
				t.Errorf("\n    got %s\nWeChat %s", got, want)
			}
		}
		packet := sample(t, "get_quota.request."+f.String())
		got, err := openPacket(t, packet).GetQuota()
		must(t, err)
		if got != sampleQuota {
			t.Errorf("got %+v, want %+v", got, sampleQuota)
		}
		if got, want := EncodeGetQuota(f, sampleQuota), compact(t, f, packet); !bytes.Equal(got, want) {
			t.Errorf("\n    got %s\nWeChat %s", got, want)
		}
	}
}

// TestQuotaReplies compares our replies with golden files byte for byte, and those
// that say yes with WeChat's samples but for their layout.
func TestQuotaReplies(t *testing.T) {
	t.Parallel()
	replies := map[string]func(int, string, int64) QuotaReply{EventCheckBiz: sampleCheck.Reply, EventGetQuota: sampleQuota.Reply}
	results := []struct {
		code  int
		msg   string
		quota map[string]int64
	}{
		{0, "success", map[string]int64{EventCheckBiz: 210}},
		{-1, "其他错误", nil},
		{10001, "客户编码或者月结账户不存在", nil},
		{10002, "客户密码不正确", nil},
	}
	for _, f := range formats {
		for event, reply := range replies {
			for _, res := range results {
				r := reply(res.code, res.msg, res.quota[event])
				got := r.Encode(f)
				golden(t, fmt.Sprintf("%s.%d.%v", event, res.code, f), got)
				if back, err := DecodeQuotaReply(f, event, got); err != nil || back != r {
					t.Errorf("%v: %+v read back as %+v, %v", f, r, back, err)
				}
				if res.code != 0 {
					continue
				}
				theirs := sample(t, fmt.Sprintf("%s.response.%v", event, f))
				if want := compact(t, f, theirs); !bytes.Equal(got, want) {
					t.Errorf("\n    got %s\nWeChat %s", got, want)
				}
				if back, err := DecodeQuotaReply(f, event, theirs); err != nil || back != r {
					t.Errorf("WeChat's %v reads as %+v, %v", f, back, err)
				}
			}
		}
		// The page's sample of check_biz lacks what its table requires.
		_, err := DecodeQuotaReply(f, EventCheckBiz, sample(t, "check_biz.response.as_documented."+f.String()))
		refusedBy(t, err, CheckMessage)
	}
}

// TestDecodeQuotaReplyIsStrict spoils a good reply in one place at a time.
func TestDecodeQuotaReplyIsStrict(t *testing.T) {
	t.Parallel()
	tests := []spoilt{
		{"quota is a string", `"Quota":210`, `"Quota":"210"`},
		{"quota is missing", `,"Quota":210`, ``},
		{"quota is null", `210`, `null`},
		{"quota is no integer", `210`, `210.5`},
		{"quota beyond an int64", `210`, `9223372036854775808`},
		{"quota in small letters", `"Quota"`, `"quota"`},
		{"code is a string", `"ResultCode":0`, `"ResultCode":"0"`},
		{"code is missing", `"ResultCode":0,`, ``},
		{"message is missing", `"ResultMsg":"success",`, ``},
		{"merchant is missing", `"BizID":"xyz",`, ``},
		{"merchant is a number", `"xyz"`, `7`},
		{"time is missing", `"CreateTime":1533042556,`, ``},
		{"receiver is missing", `"ToUserName":"oABCD",`, ``},
		{"another type", `"event"`, `"text"`},
		{"the other event", `"check_biz"`, `"get_quota"`},
		{"one member too many", `{`, `{"BizPwd":"x",`},
	}
	good := sampleCheck.Reply(0, "success", 210).Encode(JSON)
	refuseSpoilt(t, good, tests, func(body []byte) error {
		_, err := DecodeQuotaReply(JSON, EventCheckBiz, body)
		return err
	})
	_, err := DecodeQuotaReply(XML, EventCheckBiz, good)
	refusedBy(t, err, CheckMessage)
	_, err = DecodeQuotaReply(JSON, EventGetQuota, good)
	refusedBy(t, err, CheckMessage)
}

// TestAccountShapes: the ids must have their shape; what is the merchant's alone
// reads as nothing where it has none.
func TestAccountShapes(t *testing.T) {
	t.Parallel()
	packet := func(event, more string) []byte {
		return []byte(`{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"` + event + `","CreateTime":"5",` + more + `}`)
	}
	for _, name := range []string{"BizID", "BizPwd", "ShopAppID"} {
		for _, shape := range []string{`{}`, `[]`, `["x"]`} {
			_, err := openPacket(t, packet(EventCheckBiz, `"`+name+`":`+shape)).CheckBiz()
			refusedBy(t, err, CheckMessage)
			_, err = openPacket(t, packet(EventGetQuota, `"`+name+`":`+shape)).GetQuota()
			refusedBy(t, err, CheckMessage)
		}
		for _, shape := range []string{`7`, `null`, `""`} {
			if _, err := openPacket(t, packet(EventCheckBiz, `"`+name+`":`+shape)).CheckBiz(); err != nil {
				t.Errorf("%s of %s: %v", name, shape, err)
			}
			if _, err := openPacket(t, packet(EventGetQuota, `"`+name+`":`+shape)).GetQuota(); err != nil {
				t.Errorf("%s of %s: %v", name, shape, err)
			}
		}
	}
	for _, name := range []string{"ShopName", "ShopTelphone", "ShopContact", "ServiceName", "SenderProvince", "SenderCity", "SenderArea", "SenderAddress"} {
		for shape, want := range map[string]string{`{}`: "", `[]`: "", `["x"]`: "", `null`: "", `" x "`: " x ", `18677778888`: "18677778888"} {
			m, err := openPacket(t, packet(EventCheckBiz, `"BizID":"b","`+name+`":`+shape)).CheckBiz()
			must(t, err)
			got := m.ShopName + m.ShopTelphone + m.ShopContact + m.ServiceName + m.SenderProvince + m.SenderCity + m.SenderArea + m.SenderAddress
			if got != want || m.BizID != "b" {
				t.Errorf("%s of %s reads as %q", name, shape, got)
			}
		}
	}
	_, err := openPacket(t, packet(EventGetQuota, `"BizID":"b"`)).CheckBiz()
	refusedBy(t, err, CheckMessage)
	_, err = openPacket(t, packet(EventCheckBiz, `"BizID":"b"`)).GetQuota()
	refusedBy(t, err, CheckMessage)
}

// TestAccountIdentity: event, user, time and merchant count, nothing else does,
// and the values that are stored stay.
func TestAccountIdentity(t *testing.T) {
	t.Parallel()
	check, quota := sampleCheck.Identity(), sampleQuota.Identity()
	// Computed apart from this code, with two empty parts at the end.
	for got, want := range map[[32]byte]string{
		check: "c2428aa24d16614e8f71809df29d674c591e2b92c5de20f9a65550f1bf22c5c9",
		quota: "a094a835e6cf79f78fa2fcbc35f6163c346a531b7dd17606b3290298e6874303",
	} {
		if hex.EncodeToString(got[:]) != want {
			t.Errorf("identity %x, want %s", got, want)
		}
	}
	tests := []struct {
		name   string
		change func(event, from, biz, shop *string, created *int64)
		same   bool
	}{
		{"case of the event", func(event, _, _, _ *string, _ *int64) { *event = strings.ToUpper(*event) }, true},
		{"shop", func(_, _, _, shop *string, _ *int64) { *shop = "x" }, true},
		{"event", func(event, _, _, _ *string, _ *int64) { *event = "x" }, false},
		{"user", func(_, from, _, _ *string, _ *int64) { *from = "x" }, false},
		{"merchant", func(_, _, biz, _ *string, _ *int64) { *biz = "x" }, false},
		{"time", func(_, _, _, _ *string, created *int64) { *created++ }, false},
	}
	for _, tt := range tests {
		c, q := sampleCheck, sampleQuota
		tt.change(&c.Event, &c.FromUserName, &c.BizID, &c.ShopAppID, &c.CreateTime)
		tt.change(&q.Event, &q.FromUserName, &q.BizID, &q.ShopAppID, &q.CreateTime)
		if got := c.Identity() == check; got != tt.same {
			t.Errorf("check_biz, %s: same %v, want %v", tt.name, got, tt.same)
		}
		if got := q.Identity() == quota; got != tt.same {
			t.Errorf("get_quota, %s: same %v, want %v", tt.name, got, tt.same)
		}
	}
}
