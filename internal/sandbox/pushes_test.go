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

// The memory of replaced tokens is bounded, and those that have ended are forgotten.
func TestTokensBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(0x6299e87e, 0)
	l := newTokens([]App{{ID: "wxABCD", Secret: Secret}}, time.Hour, func() time.Time { return now }, rand.Reader)
	replace := func() { l.replace(way{app: "wxABCD"}, l.overlap()) }
	for range maxLeaving + 5 {
		replace()
	}
	if len(l.leaving) != maxLeaving {
		t.Errorf("%d tokens", len(l.leaving))
	}
	now = now.Add(time.Hour / 24)
	replace()
	if len(l.leaving) != 1 {
		t.Errorf("%d tokens", len(l.leaving))
	}
}
