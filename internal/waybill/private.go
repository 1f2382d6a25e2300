package waybill

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Password is a merchant's password in clear. It does not show itself when it
// is printed.
type Password string

// MarshalText hides the password.
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// What is secret or personal hides from fmt, and from loggers that ask for a
// String. Format stands in for the other two and covers the verbs that neither
// does: a wrong verb (%d) would print the text with the complaint. Only %p and
// %w on such a value fmt answers without asking it; go vet finds those.

// Format hides the password.
func (Password) Format(f fmt.State, _ rune) { hide(f, Password("").String()) }

// String hides the password.
func (Password) String() string { return redacted }

// GoString hides the password.
func (Password) GoString() string { return redacted }

// Format prints the type's name only.
func (c Contact) Format(f fmt.State, _ rune) { hide(f, c.String()) }

// String is the type's name only.
func (Contact) String() string { return "waybill.Contact" + redacted }

// GoString is String.
func (c Contact) GoString() string { return c.String() }

// Format prints the type's name only.
func (g Goods) Format(f fmt.State, _ rune) { hide(f, g.String()) }

// String is the type's name only.
func (Goods) String() string { return "waybill.Goods" + redacted }

// GoString is String.
func (g Goods) GoString() string { return g.String() }

// Format prints the type's name only.
func (g OrderGoods) Format(f fmt.State, _ rune) { hide(f, g.String()) }

// String is the type's name only.
func (OrderGoods) String() string { return "waybill.OrderGoods" + redacted }

// GoString is String.
func (g OrderGoods) GoString() string { return g.String() }

// Format prints the type's name only: the token and the remark are texts like
// any other.
func (o Order) Format(f fmt.State, _ rune) { hide(f, o.String()) }

// String is the type's name only.
func (Order) String() string { return "waybill.Order" + redacted }

// GoString is String.
func (o Order) GoString() string { return o.String() }

// Format prints the type's name only.
func (r BookRequest) Format(f fmt.State, _ rune) { hide(f, r.String()) }

// String is the type's name only.
func (BookRequest) String() string { return "waybill.BookRequest" + redacted }

// GoString is String.
func (r BookRequest) GoString() string { return r.String() }

// Format prints the type's name only: the message may hold a telephone number.
func (s Scan) Format(f fmt.State, _ rune) { hide(f, s.String()) }

// String is the type's name only.
func (Scan) String() string { return "waybill.Scan" + redacted }

// GoString is String.
func (s Scan) GoString() string { return s.String() }

// MarshalText is String: what may read the message writes it by itself.
func (s Scan) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Format prints the type's name only.
func (t Traced) Format(f fmt.State, _ rune) { hide(f, t.String()) }

// String is the type's name only.
func (Traced) String() string { return "waybill.Traced" + redacted }

// GoString is String.
func (t Traced) GoString() string { return t.String() }

// MarshalText is String.
func (t Traced) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func hide(f fmt.State, text string) { _, _ = io.WriteString(f, text) }
