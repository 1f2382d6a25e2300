package sandboxtest

import (
	"bytes"
	"embed"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/wechat"
)

// WeChat's samples.
//
//go:embed testdata
var testdata embed.FS

// Formats are both formats.
var Formats = []wechat.Format{wechat.XML, wechat.JSON}

// What no log and no answer of the control endpoint may show, and what no log may.
const (
	Password = "pwdThatMustNotShow"
	User     = "oUserThatMustNotBeLogged"
	Street   = "XX路XX号XX大厦XX栋XX" // of sender and receiver
	Mobile   = "18677778888"
)

// InstantSecrets are what of WeChat's sample of instant delivery no log and no answer of
// the control endpoint may show.
var InstantSecrets = []string{
	"刘一", "老王", "13712345678", "18512345678", "xx大厦", "xxx地铁站", "1号楼101", "2号楼202", "116.50603", "40.448612",
	"水果", "蔬菜", "美食夜宵", "test_note", "tokenOfThePrice", "reasonInWords", "remarkInWords", "李x利", "1358xxxx",
	"whatTheRiderDid", "FINISH4711", "4711", "4712",
}

// AccountOptions is the carrier's account at WeChat.
var AccountOptions = wechat.SenderOptions{
	UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6", Mode: wechat.Secure,
	Token: "tokenThatMustNotShow", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}

// shop is the merchant of WeChat's sample of check_biz.
var shop = sandbox.Shop{
	Name: "商户名称", Telephone: Mobile, Contact: "村正", ServiceName: "标准快递",
	Province: "广东省", City: "广州市", Area: "海珠区", Address: "新港中路397号",
}

// The shop and the order of WeChat's sample of reOrder.
const (
	ShopID      = "122222222"
	ShopOrderID = "SFTC_001"
)

// SampleOrder is an order of the sample account.
func SampleOrder(id, waybill string) express.Order {
	return express.Order{
		ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", OrderID: id, WaybillID: waybill,
		OpenID: User, Token: "token-" + waybill,
	}
}

// File is one of WeChat's samples.
func File(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// Sample is one of WeChat's answers, without white space.
func Sample(tb testing.TB, name string) string {
	tb.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, File(tb, name)); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// SampleReply is WeChat's reply to an event, with the names of a push of ours.
func SampleReply(tb testing.TB, f wechat.Format, event string) []byte {
	tb.Helper()
	return bytes.ReplaceAll(File(tb, event+".response."+f.String()), []byte("oABCD"), []byte(sandbox.TeamOpenID))
}

// SamePacket compares a packet with WeChat's sample, byte for byte but for the
// members that vary.
func SamePacket(tb testing.TB, f wechat.Format, name, got string, varying ...string) {
	tb.Helper()
	varies := regexp.MustCompile(`(` + strings.Join(varying, "|") + `)(>(<!\[CDATA\[)?|":"?)[^\]<",]*`)
	var want string
	if name += "." + f.String(); f == wechat.JSON {
		want = Sample(tb, name)
	} else {
		want = regexp.MustCompile(`>\s+<`).ReplaceAllString(strings.TrimSpace(string(File(tb, name))), "><")
	}
	if got, want := varies.ReplaceAllString(got, "$1$2"), varies.ReplaceAllString(want, "$1$2"); got != want {
		tb.Errorf("%v\n got %s\nwant %s", f, got, want)
	}
}

// MemberOf finds a text member or number of an opened packet.
func MemberOf(packet string, f wechat.Format, name string) string {
	pattern := `<` + name + `>(?:<!\[CDATA\[)?([^\]<]*)`
	if f == wechat.JSON {
		pattern = `"` + name + `":"?([^",}]*)`
	}
	return regexp.MustCompile(pattern).FindStringSubmatch(packet)[1]
}
