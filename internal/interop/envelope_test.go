//go:build interop

package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// codec is somebody else's idea of WeChat's envelope.
type codec interface {
	sign(tb testing.TB, timestamp, nonce, encrypt string) string
	seal(tb testing.TB, packet string) (encrypt string)
	open(tb testing.TB, encrypt string) (packet, id string)
}

var codecs = []struct {
	name string
	codec
}{{"openssl", byOpenSSL{}}, {"wecom", byWecom{}}}

// byOpenSSL leaves cipher and hash to openssl. The frame is as WeChat's page has it:
// 16 random bytes, the length in network order, the packet, the app id, and PKCS#7
// padding to blocks of 32.
type byOpenSSL struct{}

func (byOpenSSL) sign(tb testing.TB, timestamp, nonce, encrypt string) string {
	parts := []string{token, timestamp, nonce, encrypt}
	slices.Sort(parts)
	sum, _, _ := strings.Cut(mustSay(tb, strings.Join(parts, ""), "openssl", "dgst", "-sha1", "-r"), " ")
	return sum
}

func (byOpenSSL) seal(tb testing.TB, packet string) string {
	frame := []byte(mustSay(tb, "", "openssl", "rand", "16"))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(packet)))
	frame = append(append(frame, packet...), appID...)
	pad := 32 - len(frame)%32
	frame = append(frame, bytes.Repeat([]byte{byte(pad)}, pad)...)
	return mustSay(tb, string(frame), "openssl", cipher(tb, "-e")...)
}

func (byOpenSSL) open(tb testing.TB, encrypt string) (packet, id string) {
	frame := mustSay(tb, encrypt, "openssl", cipher(tb, "-d")...)
	if len(frame) < 32 || len(frame)%32 != 0 {
		tb.Fatalf("openssl: %d bytes are no whole blocks of 32", len(frame))
	}
	pad := int(frame[len(frame)-1])
	if pad < 1 || pad > 32 || frame[len(frame)-pad:] != strings.Repeat(string(rune(pad)), pad) {
		tb.Fatalf("openssl: the padding is % x", frame[len(frame)-32:])
	}
	frame = frame[16 : len(frame)-pad]
	size := int(binary.BigEndian.Uint32([]byte(frame)))
	if frame = frame[4:]; size > len(frame) {
		tb.Fatalf("openssl: the length says %d, and %d are there", size, len(frame))
	}
	return frame[:size], frame[size:]
}

// cipher is openssl's arguments: base64 on the outside, all in one line.
func cipher(tb testing.TB, direction string) []string {
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	storetest.Must(tb, err)
	return []string{"enc", "-aes-256-cbc", direction, "-nopad", "-a", "-A", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(key[:16])}
}

// byWecom leaves all to a library that the merchants' programs may use too.
type byWecom struct{}

func (byWecom) run(tb testing.TB, what string, given map[string]string, result any) {
	tb.Helper()
	input, err := json.Marshal(given)
	storetest.Must(tb, err)
	out := mustSay(tb, string(input), "node", "envelope.cjs", filepath.Join(tools, "npm"), what)
	if err := json.Unmarshal([]byte(out), result); err != nil {
		tb.Fatalf("%s: %v", out, err)
	}
}

func (w byWecom) sign(tb testing.TB, timestamp, nonce, encrypt string) (sum string) {
	w.run(tb, "sign", map[string]string{"token": token, "timestamp": timestamp, "nonce": nonce, "encrypt": encrypt}, &sum)
	return sum
}

func (w byWecom) seal(tb testing.TB, packet string) (encrypt string) {
	w.run(tb, "seal", map[string]string{"key": aesKey, "packet": packet, "id": appID}, &encrypt)
	return encrypt
}

func (w byWecom) open(tb testing.TB, encrypt string) (packet, id string) {
	var opened struct{ Message, ID string }
	w.run(tb, "open", map[string]string{"key": aesKey, "encrypt": encrypt}, &opened)
	return opened.Message, opened.ID
}
