package instant_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// Whatever is sent to instant delivery's paths, the answer is the company's result or
// an errcode of ours, and the push that came of it could be read.
func FuzzCalls(f *testing.F) {
	paths := []string{
		PreAddPath, PlacePath, ReaddPath, InstantCancelPath, PreCancelPath, InstantGetPath, TipsPath, ConfirmPath, MockPath, StatusReportPath,
	}
	for i := range paths {
		for _, body := range []string{
			PlaceBody(), FollowUpBody(), TrialBody("a"), TrialFollowUpBody("a"), MockBody("a", "102"), StatusReportBody("t"),
			PlaceBody("cargo.goods_value", "5000.005"), PlaceBody("receiver.lng", "1e-7", "order_info.tips", "-0.0"),
			PlaceBody("order_info.note", `"\u0000\ud800]]><"`), PlaceBody("shop_order_id", `"]]>"`, "cargo.goods_detail", "null"),
		} {
			f.Add(i, body)
		}
	}
	quiet := func(format wechat.Format) (*Sandbox, *Company) {
		d := StartSandbox(f, format, func(o *Options) {
			InstantAt("SFTC")(o)
			o.Log = nil // it would fill the memory
		})
		d.SetLimits("", 1<<40, 1<<40) // its minute does not end
		return d, newCompany(d, format)
	}
	d, c := quiet(wechat.XML)
	d2, c2 := quiet(wechat.JSON)
	f.Fuzz(func(t *testing.T, path int, body string) {
		for _, x := range []struct {
			*Sandbox
			c *Company
		}{{d, c}, {d2, c2}} {
			x.c.Reset(t)
			r := httptest.NewRequest("POST", paths[uint(path)%uint(len(paths))]+"?access_token="+sandbox.StandingToken, strings.NewReader(body))
			r.Host = "localhost"
			w := httptest.NewRecorder()
			x.Merchant().ServeHTTP(w, r)
			var a struct {
				ErrCode    *int
				ResultCode *int
			}
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || !utf8.Valid(w.Body.Bytes()) {
				t.Fatalf("%d %s: %v", w.Code, w.Body, err)
			}
			switch {
			case a.ErrCode == nil && a.ResultCode == nil:
				t.Errorf("no code in %s", w.Body)
			case a.ErrCode != nil && strings.Contains(w.Body.String(), `"errmsg":" `):
				t.Errorf("the errcode of %s has no words", w.Body)
			case a.ErrCode != nil && *a.ErrCode == 930557:
				t.Errorf("the company was pushed what it cannot answer: %s", body)
			}
		}
	})
}
