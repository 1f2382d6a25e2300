package instant_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/storetest"
)

func newSeals(t *testing.T, keys ...[]byte) *instant.Seals {
	t.Helper()
	s, err := instant.NewSeals(keys)
	storetest.Must(t, err)
	return s
}

type sealVector struct {
	Key, Sealed []byte
	ShopID      string `json:"shop_id"`
	Secret      string
}

func sealVectors(tb testing.TB) (vectors []sealVector) {
	tb.Helper()
	text, err := os.ReadFile("testdata/seals/vectors.json")
	storetest.Must(tb, err)
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) != 3 {
		tb.Fatalf("%d vectors, %v", len(vectors), err)
	}
	return vectors
}

// Secrets that another implementation sealed open: the vectors are from Python's
// cryptography (HKDF-SHA256 without a salt, AESGCM). A change of the format or of the
// derived key, after which no shop's secret would open, fails here.
func TestSealVectors(t *testing.T) {
	t.Parallel()
	for _, v := range sealVectors(t) {
		secret, present, ok := newSeals(t, v.Key).Open(v.ShopID, v.Sealed)
		if !ok || !present || string(secret) != v.Secret {
			t.Errorf("shop %q: opened %t with %d bytes", v.ShopID, ok, len(secret))
		}
	}
}

// A sealed secret opens only for its own shop, unchanged, and under the key it was sealed
// with. It does not contain the secret, and differs each time.
func TestSeal(t *testing.T) {
	t.Parallel()
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	s := newSeals(t, one)
	const secret = delivery.Secret("s3cr3t-s3cr3t")
	sealed := s.Seal("S", secret)
	if got, present, ok := s.Open("S", sealed); got != secret || !present || !ok {
		t.Errorf("it does not open")
	}
	if len(sealed) != 1+12+len(secret)+16 || bytes.Contains(sealed, []byte("s3cr3t")) || bytes.Equal(sealed, s.Seal("S", secret)) {
		t.Errorf("sealed as %s", base64.StdEncoding.EncodeToString(sealed))
	}
	for _, shop := range []string{"", "s", "S ", "T"} {
		if got, _, ok := s.Open(shop, sealed); ok || got != "" {
			t.Errorf("it opens for shop %q", shop)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, _, ok := s.Open("S", changed); ok {
			t.Errorf("it opens with byte %d changed", i)
		}
		if _, _, ok := s.Open("S", sealed[:i]); ok {
			t.Errorf("it opens cut to %d bytes", i)
		}
	}
	if _, _, ok := newSeals(t, two).Open("S", sealed); ok {
		t.Error("it opens under another key")
	}
	// The previous key opens, and only the present one seals.
	rotated := newSeals(t, two, one)
	if got, present, ok := rotated.Open("S", sealed); got != secret || present || !ok {
		t.Errorf("under the previous key: opened %t, by the present one %t", ok, present)
	}
	if got, present, ok := newSeals(t, two).Open("S", rotated.Seal("S", secret)); got != secret || !present || !ok {
		t.Error("it is not the present key that seals")
	}
}

// Opening any bytes does not panic, and gives nothing but what was sealed.
func FuzzOpenSeal(f *testing.F) {
	v := sealVectors(f)[0]
	s, err := instant.NewSeals([][]byte{v.Key})
	storetest.Must(f, err)
	f.Add([]byte(nil), "S")
	f.Add([]byte{1}, "S")
	f.Add(append([]byte{1}, make([]byte, 12)...), "S")
	f.Add(append([]byte{1}, make([]byte, 40)...), "")
	f.Add(v.Sealed, v.ShopID)
	f.Add(v.Sealed, "T")
	f.Fuzz(func(t *testing.T, text []byte, shop string) {
		got, _, ok := s.Open(shop, text)
		if sealed := shop == v.ShopID && bytes.Equal(text, v.Sealed); ok != sealed || ok != (string(got) == v.Secret) {
			t.Errorf("opened %t, %d bytes for %q", ok, len(text), shop)
		}
	})
}
