package handler_test

import (
	"bytes"
	"fmt"
	"testing"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// sampleAdd is what WeChat's sample request of an order says in XML.
var sampleAdd = wechat.AddWaybill{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "add_waybill",
	Token: "1234ABC234523451", OrderID: "012345678901234567890123456789", BizID: "xyz", BizPwd: "xyz123",
	ShopAppID: "wxABCD", WayBillID: "123456789", Remark: "易碎物品",
	Sender: wechat.Contact{
		Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
		Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
	},
	Receiver: wechat.Contact{
		Name: "王小蒙", Tel: "029-77777777", Mobile: "18610000000", Company: "公司名", PostCode: "654321",
		Country: "中国", Province: "广东省", City: "广州市", Area: "天河区", Address: "XX路XX号XX大厦XX栋XX",
	},
	Cargo: wechat.Cargo{
		Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10.0", Count: "2",
		DetailList: []wechat.CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "爱马仕柏金钻石包", Count: "1"}},
	},
	Insured: wechat.Insured{UseInsured: "1", InsuredValue: "10000"},
	Service: wechat.Service{ServiceType: "0", ServiceName: "标准快递"},
}

// sampleCheck and sampleQuota are those of the other two.
var (
	sampleCheck = wechat.CheckBiz{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "check_biz",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
		ShopName: "商户名称", ShopTelphone: "18677778888", ShopContact: "村正", ServiceName: "标准快递",
		SenderProvince: "广东省", SenderCity: "广州市", SenderArea: "海珠区", SenderAddress: "新港中路397号",
	}
	sampleQuota = wechat.GetQuota{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "get_quota",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
	}
)

// personal is what the samples say of people, their goods and their orders' keys.
var personal = []string{
	"1234ABC234523451", "易碎", "张三", "王小蒙", "88888888", "77777777", "18666666666", "18610000000", "公司名",
	"654321", "广东省", "广州市", "海珠区", "天河区", "XX路", "钻石包", "商户名称", "18677778888", "村正", "新港中路",
}

// question is an event that is decided.
type question struct {
	event   string
	reasons []string
	ask     func(wechat.Format) []byte                         // the sample's push
	refusal func(f wechat.Format, code int, msg string) []byte // the reply that says no to it
	decode  func(f wechat.Format, packet []byte) (code int, msg string, err error)
}

func questions() []question { return append(expressQuestions(), deliveryQuestions()...) }

// words are reasons of either kind.
func words[R ~string](reasons []R) (all []string) {
	for _, r := range reasons {
		all = append(all, string(r))
	}
	return all
}

func expressQuestions() []question {
	return []question{
		{
			"cancel_waybill", words(waybill.CancelReasons()),
			func(f wechat.Format) []byte { return wechat.EncodeCancel(f, sampleCancel) },
			func(f wechat.Format, code int, msg string) []byte { return sampleCancel.Reply(code, msg).Encode(f) },
			func(f wechat.Format, packet []byte) (int, string, error) {
				r, err := wechat.DecodeCancelReply(f, packet)
				return r.ResultCode, r.ResultMsg, err
			},
		},
		{
			"add_waybill", words(waybill.BookReasons()),
			func(f wechat.Format) []byte { return wechat.EncodeAddWaybill(f, sampleAdd) },
			func(f wechat.Format, code int, msg string) []byte {
				return sampleAdd.Reply(sampleAdd.WayBillID, code, msg, "").Encode(f)
			},
			func(f wechat.Format, packet []byte) (int, string, error) {
				r, err := wechat.DecodeAddReply(f, packet)
				return r.ResultCode, r.ResultMsg, err
			},
		},
		{
			"check_biz", words(waybill.AccountReasons()),
			func(f wechat.Format) []byte { return wechat.EncodeCheckBiz(f, sampleCheck) },
			func(f wechat.Format, code int, msg string) []byte { return sampleCheck.Reply(code, msg, 0).Encode(f) },
			decodeQuota("check_biz"),
		},
		{
			"get_quota", words(waybill.AccountReasons()),
			func(f wechat.Format) []byte { return wechat.EncodeGetQuota(f, sampleQuota) },
			func(f wechat.Format, code int, msg string) []byte { return sampleQuota.Reply(code, msg, 0).Encode(f) },
			decodeQuota("get_quota"),
		},
	}
}

func decodeQuota(event string) func(wechat.Format, []byte) (int, string, error) {
	return func(f wechat.Format, packet []byte) (int, string, error) {
		r, err := wechat.DecodeQuotaReply(f, event, packet)
		return r.ResultCode, r.ResultMsg, err
	}
}

// TestSampleQuestions sends WeChat's sample packets of orders and accounts, in
// each mode to each server that takes them, and gets WeChat's sample replies byte
// for byte but for the samples' layout.
func TestSampleQuestions(t *testing.T) {
	t.Parallel()
	left := func(n int64) func(*desk) {
		return func(d *desk) {
			d.account = accounted(waybill.AccountDecision{Reason: waybill.Accepted, Quota: n})
		}
	}
	tests := []struct {
		request, reply string
		tell           func(*desk)
	}{
		{"add_waybill.request", "add_waybill.response", func(*desk) {}},
		{"add_waybill.request.carrier_number", "add_waybill.response", func(*desk) {}},
		{"check_biz.request", "check_biz.response", left(210)},
		{"check_biz.request.2019", "check_biz.response", left(210)},
		{"get_quota.request", "get_quota.response", left(0)},
	}
	for _, tt := range tests {
		for server, pushes := range takes {
			for _, m := range pushes {
				for _, f := range formats {
					t.Run(fmt.Sprintf("%s/%v/%v on %v", tt.request, f, m, server), func(t *testing.T) {
						t.Parallel()
						s := newServer(t, server)
						tt.tell(s.desk)
						q, body := wechatPush(t, f, m, sample(t, fmt.Sprintf("%s.%v", tt.request, f)))
						w := s.post(q, body)
						got, want := opened(t, q, f, server, w.Body.Bytes()), compact(t, f, sample(t, fmt.Sprintf("%s.%v", tt.reply, f)))
						if w.Code != 200 || !bytes.Equal(got, want) {
							t.Errorf("status %d\n got %s\nwant %s", w.Code, got, want)
						}
						if ct := w.Header().Get("Content-Type"); ct != f.ContentType() {
							t.Errorf("Content-Type %q, want %q", ct, f.ContentType())
						}
					})
				}
			}
		}
	}
}
