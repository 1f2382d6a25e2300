package wechat

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestNothingPersonalPrints tries the ways in which an order or an account gets
// into a log.
func TestNothingPersonalPrints(t *testing.T) {
	t.Parallel()
	order := sampleAdd(XML)
	reply := order.Reply("123456789", 0, "success", "##mark##888-666-666##")
	instant, ask, answer := everyTransport(), sampleAsk(EventCancelOrder), replyTransport(EventReaddOrder)
	answer.FinishCode, answer.PickupCode = 918273645, 192837465 // longer than real ones, so that nothing else looks like them
	ask.CancelReason, ask.Remark, answer.ActionMsg, answer.DeliveryToken = "老李电话19912345678", "给孙七", "骑手周八", "price-token"
	var out bytes.Buffer
	// Without the time, whose digits may be those of a figure.
	config := zap.NewProductionEncoderConfig()
	config.TimeKey = ""
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.AddSync(&out), zap.DebugLevel))
	timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	text, asJSON := slog.New(slog.NewTextHandler(&out, timeless)), slog.New(slog.NewJSONHandler(&out, timeless))
	for _, v := range []any{
		order, &order, []AddWaybill{order}, map[string]any{"m": &order}, order.Sender, &order.Receiver, []Contact{order.Sender}, map[Contact]bool{order.Sender: true},
		order.Cargo, &order.Cargo, order.Cargo.DetailList, order.Cargo.DetailList[0], &order.Cargo.DetailList[1], struct{ C CargoDetail }{order.Cargo.DetailList[0]},
		reply, &reply, []*AddReply{&reply}, sampleCheck, &sampleCheck, []CheckBiz{sampleCheck2019}, struct{ M CheckBiz }{sampleCheck}, sampleQuota, &sampleQuota,
		instant, &instant, []TransportOrder{instant}, map[string]any{"m": &instant}, instant.Sender, &instant.Receiver, map[TransportContact]bool{instant.Sender: true},
		instant.Cargo, &instant.Cargo, instant.Cargo.Goods, &instant.Cargo.Goods[0], instant.OrderInfo, struct{ I TransportInfo }{instant.OrderInfo},
		ask, &ask, []TransportAsk{ask}, answer, &answer, []*TransportReply{&answer}, fmt.Errorf("%+v: %w", ask, fmt.Errorf("%v", answer)),
		fmt.Errorf("order %v: %w", order, fmt.Errorf("%+v", reply)),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "% x", "%08.3f", "%c"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		logger.Info("push", zap.Any("any", v), zap.Reflect("reflect", v))
		logger.Sugar().Infow("push", "v", v)
		text.Info("push", "v", v)
		asJSON.Info("push", "v", v)
		b, err := json.Marshal(v)
		must(t, err)
		out.Write(b)
		if b, err = xml.Marshal(v); err == nil { // it knows no maps
			out.Write(b)
		}
	}
	for _, secret := range []string{
		order.Token, "xyz123", order.Remark, "张三", "王小蒙", "88888888", "18666666666", "029-7", "18610000000", "公司名", "654321", "广东省", "海珠区", "天河区", "XX路", "XX栋",
		"钻石包", "888-666", "20.5", "商户名称", "18677778888", "村正", "新港中路", "广州",
		instant.WXToken, instant.DeliveryToken, instant.DeliverySign, "刘一", "老王", "北京市", "xx大厦", "地铁站", "2号楼", "13712345678", "18512345678", "116.383", "40.15296",
		"水果", "蔬菜", "美食", "零食", "后门", "放门口", "老李", "19912345678", "孙七", "周八", "price-token", "918273645", "192837465",
	} {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), fmt.Sprintf("% x", secret), strings.Trim(fmt.Sprintf("%+q", secret), `"`)} {
			if i := strings.Index(out.String(), form); i >= 0 {
				t.Errorf("%q shows in ...%s...", form, out.String()[max(0, i-60):i+20])
			}
		}
	}
	for _, shown := range []string{"wechat.AddWaybill[personal data]", "wechat.Contact[personal data]", "wechat.CheckBiz[personal data]",
		"wechat.TransportOrder[personal data]", "wechat.TransportContact[personal data]", "wechat.TransportInfo[personal data]", "wechat.TransportAsk[personal data]", "wechat.TransportReply[personal data]", `"v":"[personal data]"`, "get_quota"} {
		if !strings.Contains(out.String(), shown) {
			t.Errorf("%q does not show", shown)
		}
	}
	if order.Sender.Name != "张三" || order.Cargo.DetailList[0].Name != "一千零一夜钻石包" || reply.Token != order.Token ||
		instant.Sender.Name != "刘一" || instant.Cargo.Goods[1].Name != "蔬菜" || ask.CancelReason != "老李电话19912345678" || answer.FinishCode != 918273645 {
		t.Error("the fields cannot be read any more")
	}
}
