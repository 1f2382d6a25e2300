package wechat

import (
	"fmt"
	"io"
	"time"
)

// sealer closes the reply to one push with the pair of token and key that opened
// it, for in the middle of a rotation WeChat knows only that one.
type sealer struct {
	now    func() time.Time
	rand   io.Reader
	token  string
	cipher *Cipher
	nonce  string
}

// Seal makes the body that answers the push: the reply as it is on a Plain
// receiver, in an envelope on the others.
func (p *Push) Seal(reply []byte) ([]byte, error) {
	if p.seal == nil {
		return reply, nil
	}
	return p.seal(p.Format, reply)
}

func (s *sealer) seal(f Format, reply []byte) ([]byte, error) {
	var random [randomSize]byte
	if _, err := io.ReadFull(s.rand, random[:]); err != nil {
		return nil, fmt.Errorf("randomness for the reply: %w", err)
	}
	e := envelope{encrypt: s.cipher.Encrypt(random, reply), timestamp: s.now().Unix(), nonce: s.nonce}
	e.sign(s.token)
	return e.encode(f), nil
}
