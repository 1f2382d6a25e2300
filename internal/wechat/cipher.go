package wechat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"carrierhook/internal/redacted"
)

// The plaintext of the envelope is random(16) | length(4) | message | app id,
// padded to whole units of 32 bytes (not 16, as one would expect of AES).
const (
	randomSize = 16
	headSize   = randomSize + 4
	padUnit    = 32
)

// Cipher seals and opens messages under one EncodingAESKey for one app id. It
// holds no state between calls, so one value serves any number of goroutines.
type Cipher struct {
	redacted.Struct
	block cipher.Block
	iv    [aes.BlockSize]byte // the key's first half, by the protocol; never written
	appID string
}

// NewCipher takes the 43 characters of WeChat's console. They hold 258 bits of
// which 256 are the key: the two left over are often set, even in WeChat's own
// example, so they are ignored rather than refused.
func NewCipher(encodingAESKey, appID string) (*Cipher, error) {
	if len(encodingAESKey) != 43 {
		return nil, fmt.Errorf("the AES key has %d characters, WeChat's EncodingAESKey has exactly 43", len(encodingAESKey))
	}
	if appID == "" {
		return nil, errors.New("the app id is empty, the envelope cannot be checked without it")
	}
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		// The decoder's own error is withheld: it quotes the key.
		return nil, errors.New("the AES key is not base64: only A-Z, a-z, 0-9, + and / may occur")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("AES key: %w", err)
	}
	c := &Cipher{block: block, appID: appID}
	copy(c.iv[:], key)
	return c, nil
}

// Encrypt returns the base64 text for an Encrypt member. The caller supplies
// the randomness, which must be new for each message.
func (c *Cipher) Encrypt(random [randomSize]byte, msg []byte) string {
	frame := c.appendFrame(nil, random[:], msg)
	c.encrypt(frame)
	return base64.StdEncoding.EncodeToString(frame)
}

// appendFrame lays the plaintext out behind b, which is empty.
func (c *Cipher) appendFrame(b, random, msg []byte) []byte {
	size := headSize + len(msg) + len(c.appID)
	pad := padUnit - size%padUnit
	plain := append(slices.Grow(b, size+pad), random...)
	plain = binary.BigEndian.AppendUint32(plain, uint32(min(len(msg), math.MaxUint32)))
	plain = append(plain, msg...)
	plain = append(plain, c.appID...)
	for range pad {
		plain = append(plain, byte(pad))
	}
	return plain
}

// encrypt turns a whole frame into its ciphertext, in place.
func (c *Cipher) encrypt(frame []byte) {
	encryptCBC(c.block, c.iv[:], frame)
}

// Decrypt opens the text of an Encrypt member. Every error is a *Refusal.
func (c *Cipher) Decrypt(encrypt string) ([]byte, error) {
	sealed, err := decodeBase64([]byte(encrypt))
	if err != nil {
		return nil, err
	}
	return c.open(sealed)
}

var strictBase64 = base64.StdEncoding.Strict()

// decodeBase64 accepts only what Encrypt writes. The standard decoder skips
// line ends, so that many texts would stand for one ciphertext.
func decodeBase64(encrypt []byte) ([]byte, error) {
	sealed, err := strictBase64.AppendDecode(nil, encrypt)
	if err != nil || base64.StdEncoding.EncodedLen(len(sealed)) != len(encrypt) {
		if bytes.ContainsAny(encrypt, "\r\n") {
			return nil, refuse(CheckBase64, "Encrypt contains a line break: something between WeChat and us rewrites bodies")
		}
		return nil, refuse(CheckBase64, "Encrypt is not base64 with padding in the standard alphabet")
	}
	if len(sealed) == 0 || len(sealed)%padUnit != 0 {
		return nil, refuse(CheckCiphertext, "the ciphertext has %d bytes, not a positive multiple of %d", len(sealed), padUnit)
	}
	return sealed, nil
}

// open decrypts whole units in place and takes the frame apart. The message is a
// part of what was sealed.
func (c *Cipher) open(sealed []byte) ([]byte, error) {
	decryptCBC(c.block, c.iv[:], sealed)
	plain, ok := unpad(sealed)
	if !ok {
		return nil, refuse(CheckPadding, "the padding is wrong after decryption: the AES key differs from the console's")
	}
	if len(plain) < headSize {
		return nil, refuse(CheckLength, "the decrypted frame is too short to have a length field: the AES key differs from the console's")
	}
	size, rest := binary.BigEndian.Uint32(plain[randomSize:headSize]), plain[headSize:]
	if uint64(size) > uint64(len(rest)) { // compared wide: a uint32 may not fit an int
		return nil, refuse(CheckLength, "the length field points past the end of the decrypted frame: the AES key differs from the console's")
	}
	msg, appID := rest[:size], rest[size:]
	if subtle.ConstantTimeCompare(appID, []byte(c.appID)) != 1 {
		return nil, refuse(CheckAppID, "the app id inside the envelope is not ours: wechat.app_id is wrong, or the push is for another mini program")
	}
	return msg, nil
}

// unpad removes PKCS#7 padding to 32. It looks at each byte of the padding
// whatever the first ones are.
func unpad(plain []byte) ([]byte, bool) {
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > padUnit {
		return nil, false
	}
	var diff byte
	for _, b := range plain[len(plain)-pad:] {
		diff |= b ^ byte(pad)
	}
	return plain[:len(plain)-pad], diff == 0
}
