package client

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"carrierhook/internal/redacted"
)

// seals encrypt access tokens before they are stored, and decrypt them again.
//
// A sealed token is a byte 1 for this format, a nonce of twelve random bytes, and the
// token encrypted by AES-256-GCM with the app id as additional data. The key is derived
// from the AppSecret for this purpose alone: who has another one cannot open it, and gets
// a token of its own.
type seals struct {
	appID string
	aead  cipher.AEAD
}

const (
	sealFormat  = 1
	sealPurpose = "carrierhook/wechat-token/1"
)

func newSeals(appID string, secret redacted.String) (*seals, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, sealPurpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key for access tokens: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &seals{appID, aead}, err
}

func (s *seals) seal(token redacted.String) []byte {
	head := make([]byte, 1+s.aead.NonceSize(), 1+s.aead.NonceSize()+len(token)+s.aead.Overhead())
	head[0] = sealFormat
	_, _ = rand.Read(head[1:]) // it never fails
	return s.aead.Seal(head, head[1:], []byte(token), []byte(s.appID))
}

// open decrypts a token; empty where it was sealed with another AppSecret, for another app
// id, or changed.
func (s *seals) open(sealed []byte) redacted.String {
	n := 1 + s.aead.NonceSize()
	if len(sealed) < n || sealed[0] != sealFormat {
		return ""
	}
	token, err := s.aead.Open(nil, sealed[1:n], sealed[n:], []byte(s.appID))
	if err != nil {
		return ""
	}
	return redacted.String(token)
}
