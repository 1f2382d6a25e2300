package wechat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"pgregory.net/rapid"
)

// TestCBCIsTheStandards compares each direction with crypto/cipher, and sees that
// neither writes to the IV, which all messages share.
func TestCBCIsTheStandards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bytesOf := func(n int, label string) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label) }
		block, err := aes.NewCipher(bytesOf(32, "key"))
		must(t, err)
		iv := bytesOf(aes.BlockSize, "iv")
		plain := bytesOf(aes.BlockSize*rapid.IntRange(0, 9).Draw(t, "blocks"), "plain")

		want := make([]byte, len(plain))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(want, plain)
		given, got := bytes.Clone(iv), bytes.Clone(plain)
		if encryptCBC(block, given, got); !bytes.Equal(got, want) {
			t.Fatalf("encrypted to %x, want %x", got, want)
		}
		if decryptCBC(block, given, got); !bytes.Equal(got, plain) {
			t.Fatalf("decrypted to %x, want %x", got, plain)
		}
		if !bytes.Equal(given, iv) {
			t.Fatal("the IV was written to")
		}
	})
}
