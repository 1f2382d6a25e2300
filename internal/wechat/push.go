package wechat

import (
	"strings"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
)

// Push is a message that is really from WeChat and really for us. It prints
// as its name only: the header holds an OpenID, and behind it are the message
// and what opened it.
type Push struct {
	redacted.Struct
	Format Format
	Mode   Mode          // as the push came, which may differ from the receiver's
	Skew   time.Duration // our clock minus the query's timestamp
	Header Header

	// Binding is what the signature is bound to; nil but on a Plain receiver, for
	// every other signature covers what is believed.
	Binding *Binding

	sent  int64    // the query's timestamp
	fault *Refusal // why the document could not be read to its end; nil: it was

	// doc is the message, and seal closes a reply; nil on a Plain receiver. They
	// are functions, because fmt can be made to print what a pointer leads to:
	// here a password, there a token.
	doc  func() *packet.Node
	seal func(f Format, reply []byte) ([]byte, error)
}

// Size is how many bytes of memory the members of the message take, beside their
// texts. That may be forty times the message: [1,1,1,…].
func (p *Push) Size() int64 { return p.doc().Size() }

// Header is what every message starts with, as text without surrounding white
// space. FromUserName and CreateTime are "" where they are no text. A member that is given
// twice counts if both say the same.
type Header struct {
	redacted.Struct
	ToUserName, FromUserName, CreateTime, MsgType, Event string
}

// EventName is the event in lower case, as WeChat compares it in any, or "" if
// the message is not an event. It comes from outside: it is no metric label.
func (p *Push) EventName() string {
	if !p.isEvent() {
		return ""
	}
	return strings.ToLower(p.Header.Event)
}

func (p *Push) isEvent() bool { return strings.EqualFold(p.Header.MsgType, "event") }

// message reads a push of that event. A push of another one has a fault.
func (p *Push) message(event string) reader {
	r := p.reader()
	if p.EventName() != event {
		r.err = refuse(CheckMessage, "the push is another message than %s", event)
	}
	return r
}

func (p *Push) reader() reader {
	r := reader{doc: p.doc(), sent: p.sent}
	if p.fault != nil {
		r.err = p.fault
	}
	return r
}
