package wechat

import (
	"fmt"
	"io"
	"sync"
)

// sealer closes the reply to one push with the pair of token and key that opened
// it, for in the middle of a rotation WeChat knows only that one. Clock and
// randomness are the receiver's.
type sealer struct {
	receiver *Receiver
	token    int // of the receiver's
	cipher   *Cipher
	nonce    string
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
	buffer := frames.Get().(*frameBuffer)
	if _, err := io.ReadFull(s.receiver.rand, buffer.random[:]); err != nil {
		return nil, fmt.Errorf("randomness for the reply: %w", err)
	}
	frame := s.cipher.appendFrame(buffer.frame[:0], buffer.random[:], reply)
	s.cipher.encrypt(frame)
	sealed := encodeEnvelope(f, frame, s.receiver.tokens[s.token], s.receiver.now().Unix(), s.nonce)
	if cap(frame) <= maxPooled {
		buffer.frame = frame
		frames.Put(buffer)
	}
	return sealed, nil
}

// frameBuffer is where a reply is laid out and encrypted. It returns to the pool
// after that only: by then the reply in it is ciphertext, which goes out in the open,
// and the randomness is used.
type frameBuffer struct {
	random [randomSize]byte
	frame  []byte
}

// maxPooled keeps the buffer of one giant reply from staying for ever.
const maxPooled = 4096

var frames = sync.Pool{New: func() any { return new(frameBuffer) }}
