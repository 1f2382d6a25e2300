package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"carrierhook/internal/wechat"
)

// sealed is a push as it goes over the wire, and goes again.
type sealed struct {
	query       wechat.Query
	body        []byte
	contentType string
}

// contentType is the label of a body. WeChat documents none.
func contentType(f wechat.Format) string {
	if f == wechat.JSON {
		return "application/json"
	}
	return "text/xml"
}

// clockError is how far the faults of time are off. It is more than any sane
// window, and less than would hide a confusion of units.
const clockError = time.Hour

// prepare seals a packet, with a fault if there is one.
func (p *Platform) prepare(packet []byte, fault Fault) (sealed, error) {
	s := sealed{contentType: contentType(p.Format)}
	if fault == JSONAsXML {
		s.contentType = contentType(wechat.XML)
	}
	nonce, err := p.Digits(10)
	if err != nil {
		return s, err
	}
	var random [16]byte
	if _, err := io.ReadFull(p.rand(), random[:]); err != nil {
		return s, fmt.Errorf("randomness: %w", err)
	}
	switch fault {
	case EventLower:
		packet = withEvent(packet, bytes.ToLower)
	case EventUpper:
		packet = withEvent(packet, bytes.ToUpper)
	case RepeatedMember:
		packet = shopMember.ReplaceAll(packet, []byte("$0$0"))
	}
	s.query, s.body = p.Sender.Push(p.Format, p.at(fault), nonce, random, packet)
	return s, s.spoil(p, fault, random, packet)
}

// at is WeChat's clock.
func (p *Platform) at(fault Fault) time.Time {
	switch fault {
	case StaleTimestamp:
		return p.now().Add(-clockError)
	case ClockOff:
		return p.now().Add(clockError)
	}
	return p.now()
}

// spoil commits the faults that come after sealing.
func (s *sealed) spoil(p *Platform, fault Fault, random [16]byte, packet []byte) error {
	encrypted := s.query.MsgSignature != ""
	mode := wechat.Plain
	if encrypted {
		mode = wechat.Secure
	}
	if !fault.Fits(mode, p.Format) {
		return fmt.Errorf("%s (%s) cannot be committed in this mode and format", fault, fault.Text())
	}
	switch fault {
	case WrongSignature:
		s.query.Signature = wrongSignature(s.query)
		if encrypted {
			s.query.MsgSignature = wrongSignature(s.query)
		}
	case WrongMsgSignature:
		s.query.MsgSignature = wrongSignature(s.query)
	case FlippedByte:
		return s.flip()
	case WrongAppID, BadPadding, WrongLength:
		return s.reseal(p.Account, random, packet, fault)
	case Truncated:
		s.body = s.body[:len(s.body)/2]
	case OverLimit: // white space after the document: it is right but for its size
		s.body = slices.Concat(s.body, bytes.Repeat([]byte(" "), 1<<20))
	}
	return nil
}

// wrongSignature looks like one, and is made without the token.
func wrongSignature(q wechat.Query) string { return wechat.Sign("wrong", q.Timestamp, q.Nonce) }

var (
	eventMember   = regexp.MustCompile(`(?:<Event>(?:<!\[CDATA\[)?|"Event"\s*:\s*")\w+`)
	shopMember    = regexp.MustCompile(`<ShopAppID>.*?</ShopAppID>|<shop_no>.*?</shop_no>|,"(?:ShopAppID|shop_no)":"[^"]*"`)
	encryptMember = regexp.MustCompile(`(?:<Encrypt>(?:<!\[CDATA\[)?|"Encrypt"\s*:\s*")[A-Za-z0-9+/=]+`)
)

// withEvent writes the event's name in another letter case. The packet stays as
// it is.
func withEvent(packet []byte, change func([]byte) []byte) []byte {
	at := eventMember.FindIndex(packet)
	if at == nil {
		return packet
	}
	out := bytes.Clone(packet)
	name := bytes.LastIndexAny(out[:at[1]], `[">`) + 1
	copy(out[name:at[1]], change(out[name:at[1]]))
	return out
}

// flip changes a byte in the middle of the ciphertext, where the message is, and
// leaves base64 that decodes.
func (s *sealed) flip() error {
	all := encryptMember.FindAllIndex(s.body, -1)
	if len(all) == 0 {
		return fmt.Errorf("the push has no ciphertext to change")
	}
	at := all[len(all)-1] // WeChat puts it last
	begin := bytes.LastIndexAny(s.body[:at[1]], `[">`) + 1
	s.body = bytes.Clone(s.body)
	b := &s.body[(begin+at[1])/2]
	if *b == 'A' {
		*b = 'B'
	} else {
		*b = 'A'
	}
	return nil
}
