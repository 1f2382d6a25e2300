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
		l.replace(way{app: "wxABCD"})
	}
	if len(l.issued) != maxTokens || len(l.oldest) != maxTokens {
		t.Errorf("%d tokens", len(l.issued))
	}
}
