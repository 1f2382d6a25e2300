package express_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A label is filled by the commands of the page previewTemplate; texts come into it as
// HTML, and its own text stays as it is.
func TestPreviewTemplate(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	if got := d.Call(PreviewPath, PreviewBody()); got != Sample(t, "api.template_preview.response.json") {
		t.Errorf("WeChat's sample: %s", got)
	}
	with := func(template string, change ...string) string {
		return PreviewBody(append([]string{"waybill_template", `"` + base64.StdEncoding.EncodeToString([]byte(template)) + `"`}, change...)...)
	}
	rendered := func(body string) string {
		t.Helper()
		var a struct {
			HTML string `json:"rendered_waybill_template"`
		}
		Decode(t, d.Call(PreviewPath, body), &a)
		text, err := base64.StdEncoding.DecodeString(a.HTML)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	for template, want := range map[string]string{
		"<b>&amp; #1 ##VAR(sys.waybillid)</b>":                                 "<b>&amp; #1 1234567890123</b>",
		"##VAR(sys.wxaappid) ##VAR(waybilldata.ZTO_mark)":                      "wxABCD 11-22-33",
		"##VAR(custom.order_id)|##VAR(custom.custom_remark)":                   "012345678901234567890123456789|易碎物品",
		"##VAR(custom.cargo.weight) ##VAR(custom.shop.goods_name)":             "5.50 a&lt;b&gt;&amp;c",
		"[##VAR(custom.cargo)##VAR(custom.none.name)##VAR(waybilldata.none)]":  "[]",
		"[##VAR(sys.other)##VAR(custom.)##VAR()]":                              "[]",
		"##TIME(DATE) ##TIME(TIME) ##TIME(FULL)":                               "2022/06/03 18:54:54 2022/06/03 18:54:54",
		"##STRBLOAT(VAR(custom.receiver.name)) ##STRBLOAT(VAR(sys.waybillid))": "王 小 蒙 1 2 3 4 5 6 7 8 9 0 1 2 3",
	} {
		body := with(template, "custom.cargo", `{"weight":5.50}`, "custom.shop", `{"goods_name":"a<b>&c"}`, "custom.receiver", `{"name":"王小蒙"}`)
		if got := rendered(body); got != want {
			t.Errorf("%s\n got %s\nwant %s", template, got, want)
		}
	}
	for _, name := range []string{"CODE128(VAR(waybilldata.ZTO_bagAddr))", "QRCODE(VAR(sys.waybillid))", "WXASUNCODE(VAR(sys.wxaappid))"} {
		picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(rendered(with("data:image/jpeg;base64, ##"+name)), "data:image/jpeg;base64, "))
		if err == nil {
			_, err = png.Decode(bytes.NewReader(picture))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, template := range []string{"##", "##NAME(sys.waybillid)", "##VAR sys.waybillid", "##VAR(sys.waybillid", "##TIME(NOW)", "##TIME(VAR(sys.waybillid))"} {
		d.WantCode(PreviewPath, with(template), 9300512)
	}
	d.WantCode(PreviewPath, PreviewBody("waybill_template", `"no base64!"`), 9300512)
	d.WantCode(PreviewPath, PreviewBody("waybill_data", `"##a##"`), 9300502)
	for _, name := range []string{"waybill_id", "waybill_template", "waybill_data", "custom"} {
		d.WantCode(PreviewPath, PreviewBody(name, ""), 930561)
	}
	d.WantCode(PreviewPath, PreviewBody("custom", `"text"`), 47001)
}
