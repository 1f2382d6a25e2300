package sandbox

import (
	"encoding/json"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// Whatever is sent to instant delivery's paths, the answer is the company's result or
// an errcode of ours, and the push that came of it could be read.
func FuzzLocal(f *testing.F) {
	paths := []string{
		preAddPath, localAddPath, readdPath, localCancelPath, preCancelPath, localGetPath, tipsPath, confirmPath, mockPath, reportPath,
	}
	for i := range paths {
		for _, body := range []string{
			localBody(f), askBody(), onTest(f, "a"), askTest("a"), mockBody("a", "102"), reportBody("t"),
			localBody(f, "cargo.goods_value", "5000.005"), localBody(f, "receiver.lng", "1e-7", "order_info.tips", "-0.0"),
			localBody(f, "order_info.note", `"\u0000\ud800]]><"`), localBody(f, "shop_order_id", `"]]>"`, "cargo.goods_detail", "null"),
		} {
			f.Add(i, body)
		}
	}
	d, c := localDesk(f, wechat.XML, "SFTC")
	d2, c2 := localDesk(f, wechat.JSON, "SFTC")
	d.log, d2.log = zap.NewNop(), zap.NewNop() // theirs would fill the memory
	f.Fuzz(func(t *testing.T, path int, body string) {
		for _, x := range []struct {
			*desk
			c *localCompany
		}{{d, c}, {d2, c2}} {
			x.c.mu.Lock()
			x.c.tb, x.c.orders, x.c.asks = t, nil, nil
			x.c.mu.Unlock()
			r := httptest.NewRequest("POST", paths[uint(path)%uint(len(paths))]+"?access_token="+StandingToken, strings.NewReader(body))
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
			case a.ErrCode != nil && errtexts[*a.ErrCode] == "":
				t.Errorf("the errcode of %s is none of ours", w.Body)
			case a.ErrCode != nil && *a.ErrCode == codeCompanyFailed:
				t.Errorf("the company was pushed what it cannot answer: %s", body)
			}
		}
	})
}

// A figure is rounded as exact arithmetic has it.
func FuzzRounded(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.005", "0.004999", "5e3", "5000e-3", "12345678901234567890", "1e-900", "1e+2", "-116.3830755", "0.0000005", "9e999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Trim(text, "-+.eE0123456789") != "" {
			return
		}
		for _, decimals := range []int{0, 2, 6} {
			n, ok := rounded(text, decimals)
			if !ok {
				continue
			}
			exact, good := new(big.Rat).SetString(text)
			if !good {
				t.Fatalf("%s is read as %d", text, n)
			}
			scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
			off := new(big.Rat).Sub(exact.Mul(exact, scale), new(big.Rat).SetInt64(n))
			half := big.NewRat(1, 2)
			// Halves are away from zero: n is beyond the exact number then.
			if c := new(big.Rat).Abs(off).Cmp(half); c > 0 || c == 0 && off.Sign() == exact.Sign() {
				t.Errorf("%s with %d decimals is read as %d", text, decimals, n)
			}
			if back, ok := rounded(decimalText(n, decimals), decimals); !ok || back != n {
				t.Errorf("%d is written as %s", n, decimalText(n, decimals))
			}
		}
	})
}

// What a figure of ours can be at all.
func TestRoundedBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1000000000000": true, "1000000000001": false, "1e12": true, "1e13": false, "1e-1000": true, "1e-1001": false, "1e1001": false,
		"0e1000": true, "0." + strings.Repeat("0", maxDigits-3) + "1": true, "0." + strings.Repeat("0", maxDigits-2) + "1": false,
		"1e99999999999999999999": false,
	} {
		if _, ok := rounded(text, 0); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
	for n, want := range map[int64]string{0: "0", 1: "0.01", -5: "-0.05", 10: "0.1", 1000: "10", -12345: "-123.45"} {
		if got := decimalText(n, 2); got != want {
			t.Errorf("%d is written as %s", n, got)
		}
	}
	if got := decimalText(7, 0); got != "7" {
		t.Errorf("without decimals: %s", got)
	}
}

// What the options say of instant delivery, and what is forgotten.
func TestLocalOptions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.JSON, nil)
	for name, change := range map[string]func(*APIOptions){
		"the company for trying": func(o *APIOptions) { o.LocalDeliveryID = "TEST" },
		"a shop and no company":  func(o *APIOptions) { o.Shops = []string{"1"} },
		"no id of a shop":        func(o *APIOptions) { o.LocalDeliveryID, o.Shops = "SS", []string{""} },
		"a long shop":            func(o *APIOptions) { o.LocalDeliveryID, o.Shops = "SS", []string{strings.Repeat("x", 129)} },
		"a control character":    func(o *APIOptions) { o.LocalDeliveryID = "S\n" },
	} {
		o := d.o
		change(&o)
		if _, err := NewAPI(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	var r localRecord
	r.clear()
	for i := range maxOrders + 3 {
		o := r.claim(localKey{"a", "s", decimalText(int64(i), 0)})
		r.begin(o, "SFTC", "", "first"+o.orderID)
		r.took(o, "W", statusWaiting, 0)
		r.begin(o, "SFTC", "", "second"+o.orderID)
		r.unknown(o)
		r.leave(o)
	}
	if len(r.orders) != maxOrders || len(r.tokens) != 2*maxOrders || len(r.oldest) != maxOrders || r.find(localKey{"a", "s", "2"}) != nil || r.find(localKey{"a", "s", "3"}) == nil {
		t.Errorf("%d orders, %d tokens", len(r.orders), len(r.tokens))
	}
}
