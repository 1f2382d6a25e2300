package webhook

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"carrierhook/internal/redacted"
)

var testKey = redacted.String(make([]byte, 32))

// keyOf decodes a secret as it is written.
func keyOf(t *testing.T, secret string) redacted.String {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return redacted.String(key)
}

// The standard's own vector.
func TestSignature(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/standard.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Secret, ID, Body, Signature string
		Timestamp                   int64
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	s := keyOf(t, v.Secret)
	if got := sign([]redacted.String{s}, v.ID, v.Timestamp, []byte(v.Body)); got != v.Signature {
		t.Errorf("got %s, want %s", got, v.Signature)
	}
	other := testKey
	both := sign([]redacted.String{other, s}, v.ID, v.Timestamp, []byte(v.Body))
	if want := sign([]redacted.String{other}, v.ID, v.Timestamp, []byte(v.Body)) + " " + v.Signature; both != want {
		t.Errorf("while the secret changes: got %s, want %s", both, want)
	}
}
