package wechat

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSignIsSign holds the signature that pushes are checked with to the plain
// one, also for parts that sort in any order, are empty, equal or long.
func TestSignIsSign(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringMatching(`[0-9]{0,12}`), rapid.String(), rapid.StringN(300, 1500, -1))
	rapid.Check(t, func(t *rapid.T) {
		token, timestamp, nonce, encrypt := part.Draw(t, "token"), part.Draw(t, "timestamp"), part.Draw(t, "nonce"), part.Draw(t, "encrypt")
		got := sign(token, timestamp, nonce, []byte(encrypt))
		if want := Sign(token, timestamp, nonce, encrypt); string(got[:]) != want {
			t.Fatalf("sign %s, Sign %s", got, want)
		}
		got = sign(token, timestamp, nonce, nil)
		if want := Sign(token, timestamp, nonce); string(got[:]) != want {
			t.Fatalf("without a ciphertext: sign %s, Sign %s", got, want)
		}
	})
}

// TestSignCopiesNothing: a ciphertext is as long as anybody likes.
func TestSignCopiesNothing(t *testing.T) { // not parallel: allocations are the process's
	encrypt := []byte(strings.Repeat("A", 200<<10))
	if n := testing.AllocsPerRun(3, func() { sign(token, "1533042556", nonce, encrypt) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
