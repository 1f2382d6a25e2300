package instant

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"carrierhook/internal/delivery"
)

// Seals encrypt the shops' secrets before they are stored, and decrypt them again: a
// push's sign is computed with the secret itself, so a hash is not enough.
//
// A sealed secret is a byte 1 for this format, a nonce of twelve random bytes, and the
// secret encrypted by AES-256-GCM with the shop's id as additional data: moved to
// another shop it does not open. The keys are derived from delivery.key for this
// purpose alone.
type Seals struct {
	aeads []cipher.AEAD // the first one seals, each of them opens
}

const (
	sealFormat  = 1
	sealPurpose = "carrierhook/shop-secret/1"
)

// NewSeals takes the present key and then the previous ones, of 32 bytes each.
func NewSeals(keys [][]byte) (*Seals, error) {
	s := &Seals{}
	for _, key := range keys {
		if len(key) != 32 {
			return nil, errors.New("a key of instant delivery is not 32 bytes long")
		}
		derived, err := hkdf.Key(sha256.New, key, nil, sealPurpose, 32)
		if err != nil {
			return nil, fmt.Errorf("derive the key for shops' secrets: %w", err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		s.aeads = append(s.aeads, aead)
	}
	if len(s.aeads) == 0 {
		return nil, errors.New("instant delivery has no key")
	}
	return s, nil
}

// Seal encrypts a shop's secret under the present key.
func (s *Seals) Seal(shopID string, secret delivery.Secret) []byte {
	aead := s.aeads[0]
	head := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(secret)+aead.Overhead())
	head[0] = sealFormat
	_, _ = rand.Read(head[1:]) // it never fails
	return aead.Seal(head, head[1:], []byte(secret), []byte(shopID))
}

// Open decrypts a shop's secret, and tells whether the present key sealed it. ok is
// false where no key opens it: it was sealed under another one, for another shop, or
// changed.
func (s *Seals) Open(shopID string, sealed []byte) (secret delivery.Secret, present, ok bool) {
	n := 1 + s.aeads[0].NonceSize()
	if len(sealed) < n || sealed[0] != sealFormat {
		return "", false, false
	}
	for i, aead := range s.aeads {
		if text, err := aead.Open(nil, sealed[1:n], sealed[n:], []byte(shopID)); err == nil {
			return delivery.Secret(text), i == 0, true
		}
	}
	return "", false, false
}
