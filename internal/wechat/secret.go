package wechat

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Password is a merchant's password as WeChat sends it: in clear. It cannot
// show itself; who needs the text says so with string(p).
type Password string

func (Password) String() string { return redacted }

// Format stands in for String and GoString and covers the verbs that neither
// does: a wrong verb (%d) would print the text with the complaint.
func (Password) Format(f fmt.State, _ rune) { hide(f, "") }

// MarshalText keeps the text out of JSON, XML and the loggers built on them.
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// The types below hold tokens, keys or messages in fields that fmt would print.

// Format prints the type's name only.
func (Receiver) Format(f fmt.State, _ rune) { hide(f, "wechat.Receiver") }

// Format prints the type's name only.
func (ReceiverOptions) Format(f fmt.State, _ rune) { hide(f, "wechat.ReceiverOptions") }

// Format prints the type's name only.
func (Sender) Format(f fmt.State, _ rune) { hide(f, "wechat.Sender") }

// Format prints the type's name only.
func (SenderOptions) Format(f fmt.State, _ rune) { hide(f, "wechat.SenderOptions") }

// Format prints the type's name only.
func (Cipher) Format(f fmt.State, _ rune) { hide(f, "wechat.Cipher") }

// String prints the type's name only. (Push has a field named Format.)
func (Push) String() string { return "wechat.Push" + redacted }

// GoString is String.
func (p Push) GoString() string { return p.String() }

func hide(f fmt.State, name string) { _, _ = io.WriteString(f, name+redacted) }
