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
	var out bytes.Buffer
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel))
	text, asJSON := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{
		order, &order, []AddWaybill{order}, map[string]any{"m": &order}, order.Sender, &order.Receiver, []Contact{order.Sender}, map[Contact]bool{order.Sender: true},
		order.Cargo, &order.Cargo, order.Cargo.DetailList, order.Cargo.DetailList[0], &order.Cargo.DetailList[1], struct{ C CargoDetail }{order.Cargo.DetailList[0]},
		reply, &reply, []*AddReply{&reply}, sampleCheck, &sampleCheck, []CheckBiz{sampleCheck2019}, struct{ M CheckBiz }{sampleCheck}, sampleQuota, &sampleQuota,
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
	} {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), fmt.Sprintf("% x", secret), strings.Trim(fmt.Sprintf("%+q", secret), `"`)} {
			if i := strings.Index(out.String(), form); i >= 0 {
				t.Errorf("%q shows in ...%s...", form, out.String()[max(0, i-60):i+20])
			}
		}
	}
	for _, shown := range []string{"wechat.AddWaybill[personal data]", "wechat.Contact[personal data]", "wechat.CheckBiz[personal data]", `"v":"[personal data]"`, "get_quota"} {
		if !strings.Contains(out.String(), shown) {
			t.Errorf("%q does not show", shown)
		}
	}
	if order.Sender.Name != "张三" || order.Cargo.DetailList[0].Name != "一千零一夜钻石包" || reply.Token != order.Token {
		t.Error("the fields cannot be read any more")
	}
}
