// Package wechat speaks WeChat's message push protocol from the receiving side:
// the signature in the query, the AES envelope in the body, the XML or JSON
// packet inside it, and the reply that goes back the same way.
//
// One push is Receiver.Open, a typed message such as Push.CancelWaybill, the
// message's Reply, and Push.Seal. The Sender plays WeChat's part of the same
// conversation for the sandbox and the tests.
//
// The package refuses to know what a waybill is, whether a password is right
// and how HTTP carries bytes; how XML and JSON are read and written is for package
// packet. It decides no result code; it only writes the one it is given. Everything
// it turns away is a *Refusal that names the check.
package wechat

import (
	"fmt"

	"carrierhook/internal/wechat/packet"
)

// Format is the notation of a packet. A push is answered in its own.
type Format = packet.Format

// The formats a mini program can choose between in WeChat's console.
const (
	XML  = packet.XML
	JSON = packet.JSON
)

// ParseFormat is the inverse of String for the two formats.
func ParseFormat(s string) (Format, error) {
	for _, f := range []Format{XML, JSON} {
		if s == f.String() {
			return f, nil
		}
	}
	return 0, fmt.Errorf("format %q is not one of xml, json", s)
}

// Mode is how much of a push is encrypted. The zero Mode is none of them, so
// that a forgotten setting cannot turn into Plain.
type Mode uint8

// The modes of WeChat's console: 明文, 兼容 and 安全.
const (
	Plain      Mode = iota + 1 // the event as it is
	Compatible                 // the event as it is, and encrypted beside it
	Secure                     // only the encrypted event
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{Plain, Compatible, Secure} }

func (m Mode) String() string {
	switch m {
	case Plain:
		return "plain"
	case Compatible:
		return "compatible"
	case Secure:
		return "secure"
	}
	return "unknown"
}

// ParseMode is the inverse of String for the three modes.
func ParseMode(s string) (Mode, error) {
	for _, m := range Modes() {
		if s == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("mode %q is not one of plain, compatible, secure", s)
}
