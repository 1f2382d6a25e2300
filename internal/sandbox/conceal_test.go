package sandbox_test

import (
	"testing"

	"carrierhook/internal/sandbox"
)

// TestConceal: a secret is found as servers write it, and the longer of two first.
func TestConceal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ hidden, text, want string }{
		{`a"b\c`, `a"b\c {"p":"a\"b\\c"}`, `[hidden] {"p":"[hidden]"}`},
		{"a]]>b", "<![CDATA[a]]]]><![CDATA[>b]]>", "<![CDATA[[hidden]]]>"},
		{"张三", `{"name":"\u5f20\u4e09"} 张三 %E5%BC%A0%E4%B8%89`, `{"name":"[hidden]"} [hidden] [hidden]`},
		{"k+/&<", "k%2B%2F%26%3C k+/&amp;&lt;", "[hidden] [hidden]"},
		{"", "nothing", "nothing"},
	} {
		if got := sandbox.Conceal(c.text, c.hidden); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if got := sandbox.Conceal("secretlonger secret", "secret", "secretlonger"); got != "[hidden] [hidden]" {
		t.Error(got)
	}
}
