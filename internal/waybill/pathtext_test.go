package waybill

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPathText(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":                            "",
		"快件已揽收":                       "快件已揽收",
		"【18666666666】正在派件":           "【18666666666】正在派件",
		"电话138-0013-8000":             "电话13800138000",
		"电话138 0013 8000,请放心":         "电话13800138000,请放心",
		"+86 138 0013 8000":           "13800138000",
		"+86-138-0013-8000":           "13800138000",
		"+8613800138000":              "13800138000",
		"(+86) 13800138000":           "13800138000",
		"（+86）138 0013 8000":          "13800138000",
		"0086 13800138000":            "13800138000",
		"138-0013-8000/139-0013-9000": "13800138000/13900139000",
		// What may be another number stays as it is.
		"单号8613800138000":                              "单号8613800138000",
		"单号1380013800012":                              "单号1380013800012",
		"单号138-0013-8000-12":                           "单号138-0013-8000-12",
		"单号20-138-0013-8000":                           "单号20-138-0013-8000",
		"1534 13800138000":                             "1534 13800138000",
		"020-8888 8888, 95338":                         "020-8888 8888, 95338",
		"128-0013-8000":                                "128-0013-8000",
		"138-0013 8000":                                "138-0013 8000",
		"2026-11-30 12:00 138.00":                      "2026-11-30 12:00 138.00",
		strings.Repeat("派", 200):                       strings.Repeat("派", 200),
		strings.Repeat("派", 201):                       strings.Repeat("派", 199) + "…",
		strings.Repeat("派", 191) + "+86 138-0013-8000": strings.Repeat("派", 191) + "13800138…",
	} {
		if got := PathText(message); got != want {
			t.Errorf("%q becomes %q, want %q", message, got, want)
		}
	}
}

// However a mobile number is written, WeChat gets its digits, and the rest as it is.
func TestPathTextProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[^0-9 +()（）\-]{0,50}`)
		before, after := words.Draw(t, "before"), words.Draw(t, "after")
		phone := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "phone")
		sep := rapid.SampledFrom([]string{"", " ", "-"}).Draw(t, "separator")
		prefix := rapid.SampledFrom([]string{"", "+86", "+86 ", "+86-", "0086", "0086-", "(+86)", "（+86） "}).Draw(t, "prefix")
		written := prefix + phone[:3] + sep + phone[3:7] + sep + phone[7:]
		if got := PathText(before + written + after); got != before+phone+after {
			t.Fatalf("%q becomes %q", before+written+after, got)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.StringOfN(rapid.RuneFrom([]rune("138600 -+()（）派件\u0301😀a")), 0, 300, -1).Draw(t, "message")
		got := PathText(message)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > MaxPathText || (got == "") != (message == "") {
			t.Fatalf("%q becomes %q", message, got)
		}
	})
}
