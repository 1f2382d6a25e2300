package sandbox

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

// A long packet is cut, and not in the middle of the password.
func TestPushIsCut(t *testing.T) {
	t.Parallel()
	const password = "pwdThatMustNotShow"
	p := Push{password: password}
	if got := p.hide(strings.Repeat("x", maxShown-5) + password + strings.Repeat("运", maxShown)); len(got) > maxShown+20 || strings.Contains(got, password[:4]) {
		t.Errorf("%d bytes are remembered of a packet, to %s", len(got), got[len(got)-40:])
	}
}

// The oldest pushes are forgotten.
func TestPushesBounded(t *testing.T) {
	t.Parallel()
	var l pushes
	for range maxPushes + 3 {
		l.add(Push{})
	}
	if len(l.all()) != maxPushes {
		t.Errorf("%d pushes", len(l.all()))
	}
}

// The memory of tokens is bounded.
func TestTokensBounded(t *testing.T) {
	t.Parallel()
	l := tokens{life: time.Hour, now: time.Now, rand: rand.Reader}
	l.clear()
	for range maxTokens + 5 {
		l.fresh(way{app: "wxABCD"})
	}
	if len(l.issued) != maxTokens || len(l.oldest) != maxTokens {
		t.Errorf("%d tokens", len(l.issued))
	}
}

func TestParseLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"": 0, "##": 0, "##a##b##": 1, "##a##b##c##d##": 2, "##a####": 1,
		"a##b": -1, "##a##": -1, "##a##b": -1, "#": -1, "x": -1, "##a##" + strings.Repeat("b", maxLabel) + "##": -1,
	} {
		got, err := ParseLabel(in)
		if (err != nil) != (want < 0) || err == nil && (got == nil || len(got) != want) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	if got, _ := ParseLabel("##SF_bagAddr##广州##SF_mark##101- 07-03 509##"); len(got) != 2 || got[1] != (KeyValue{"SF_mark", "101- 07-03 509"}) {
		t.Errorf("%v", got)
	}
}
