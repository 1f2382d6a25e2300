package wechat

import (
	"crypto/subtle"
	"errors"
	"slices"
	"strconv"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
)

// SenderOptions is the console's view of the mini program that receives.
type SenderOptions struct {
	redacted.Struct
	UserName, AppID string
	Mode            Mode
	Token, AESKey   string // AESKey and AppID are not needed in Plain
}

// Sender signs and seals pushes as WeChat does and opens what comes back, for
// the sandbox and for tests. It has no clock and no randomness of its own, so
// that a push can be repeated byte for byte.
type Sender struct {
	redacted.Struct
	userName string
	mode     Mode
	token    string
	cipher   *Cipher // nil in Plain
}

// NewSender checks the options. An error names no secret.
func NewSender(o SenderOptions) (*Sender, error) {
	s := &Sender{userName: o.UserName, mode: o.Mode, token: o.Token}
	switch {
	case !slices.Contains(Modes(), o.Mode):
		return nil, errors.New("the mode is not set")
	case o.Token == "":
		return nil, errors.New("the token is empty")
	case o.UserName == "":
		return nil, errors.New("the user name is empty")
	}
	if o.Mode == Plain {
		return s, nil
	}
	var err error
	s.cipher, err = NewCipher(o.AESKey, o.AppID)
	return s, err
}

// Challenge is the query of the request that checks the URL.
func (s *Sender) Challenge(at time.Time, nonce, echo string) Query {
	q := s.query(at, nonce)
	q.EchoStr = echo
	return q
}

func (s *Sender) query(at time.Time, nonce string) Query {
	q := Query{Timestamp: strconv.FormatInt(at.Unix(), 10), Nonce: nonce}
	q.Signature = Sign(s.token, q.Timestamp, q.Nonce)
	return q
}

// Push makes the query and the body that carry msg, a whole packet such as
// EncodeCancel's. In Plain, random is not used.
func (s *Sender) Push(f Format, at time.Time, nonce string, random [randomSize]byte, msg []byte) (Query, []byte) {
	q := s.query(at, nonce)
	if s.mode == Plain {
		return q, msg
	}
	encrypt := s.cipher.Encrypt(random, msg)
	q.EncryptType = "aes"
	q.MsgSignature = Sign(s.token, q.Timestamp, q.Nonce, encrypt)

	size := len(msg) + len(encrypt) + 256
	var w packet.Writer
	if s.mode == Compatible {
		w = packet.Reopen(f, msg, size)
	} else {
		w = packet.NewWriter(f, size)
		w.Str("ToUserName", s.userName)
	}
	w.Str("Encrypt", encrypt)
	return q, w.Bytes()
}

// OpenReply returns the packet inside the body that answered the push q, which
// was in format f. It is as strict as WeChat might be, and every error is a
// *Refusal. As WeChat documents, "success" and an empty body pass in the open in
// all modes, and a Compatible sender takes a plain packet too.
func (s *Sender) OpenReply(q Query, f Format, body []byte) ([]byte, error) {
	if s.mode == Plain || len(body) == 0 || string(body) == "success" {
		return body, nil
	}
	doc, format, err := packet.Parse(body)
	if err != nil {
		return nil, refuse(CheckOuterDocument, "%v", err)
	}
	if format != f {
		return nil, refuse(CheckOuterDocument, "the reply is %v to a push in %v", format, f)
	}
	if s.mode == Compatible && doc.Member("Encrypt") == nil {
		return body, nil
	}
	e, err := decodeEnvelope(&doc, f)
	if err != nil {
		return nil, err
	}
	want := e.sign(s.token)
	switch {
	case subtle.ConstantTimeCompare([]byte(e.signature), want[:]) != 1:
		return nil, refuse(CheckMsgSignature, "MsgSignature does not fit the reply's TimeStamp, Nonce and Encrypt")
	case e.nonce != q.Nonce:
		return nil, refuse(CheckMsgSignature, "Nonce is not the push's: the reply belongs to another push")
	case e.timestamp < 1e9 || e.timestamp >= 1e11:
		return nil, refuse(CheckTimestamp, "TimeStamp is not in seconds")
	}
	return s.cipher.Decrypt(string(e.encrypt))
}
