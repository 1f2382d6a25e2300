package sandbox

import (
	"crypto/rand"
	"testing"
	"time"
)

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
