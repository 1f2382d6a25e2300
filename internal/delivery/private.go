package delivery

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// What is secret or personal hides from fmt, from loggers that ask for a String,
// and from encoders of JSON: it prints as its type's name only. Format stands in
// for the other two and covers the verbs that neither does: a wrong verb (%d)
// would print the text with the complaint. Only %p and %w on such a value fmt
// answers without asking it; go vet finds those.

func hide(f fmt.State, text string) { _, _ = io.WriteString(f, text) }

// Format prints the type's name only.
func (v Secret) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Secret) String() string { return "delivery.Secret" + redacted }

// GoString is String.
func (v Secret) GoString() string { return v.String() }

// MarshalText is String.
func (v Secret) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Policy) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Policy) String() string { return "delivery.Policy" + redacted }

// GoString is String.
func (v Policy) GoString() string { return v.String() }

// MarshalText is String.
func (v Policy) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Form) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Form) String() string { return "delivery.Form" + redacted }

// GoString is String.
func (v Form) GoString() string { return v.String() }

// MarshalText is String.
func (v Form) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v FormContact) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (FormContact) String() string { return "delivery.FormContact" + redacted }

// GoString is String.
func (v FormContact) GoString() string { return v.String() }

// MarshalText is String.
func (v FormContact) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v FormCargo) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (FormCargo) String() string { return "delivery.FormCargo" + redacted }

// GoString is String.
func (v FormCargo) GoString() string { return v.String() }

// MarshalText is String.
func (v FormCargo) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v FormGoods) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (FormGoods) String() string { return "delivery.FormGoods" + redacted }

// GoString is String.
func (v FormGoods) GoString() string { return v.String() }

// MarshalText is String.
func (v FormGoods) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v FormInfo) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (FormInfo) String() string { return "delivery.FormInfo" + redacted }

// GoString is String.
func (v FormInfo) GoString() string { return v.String() }

// MarshalText is String.
func (v FormInfo) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Words) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Words) String() string { return "delivery.Words" + redacted }

// GoString is String.
func (v Words) GoString() string { return v.String() }

// MarshalText is String.
func (v Words) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Request) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Request) String() string { return "delivery.Request" + redacted }

// GoString is String.
func (v Request) GoString() string { return v.String() }

// MarshalText is String.
func (v Request) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Point) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Point) String() string { return "delivery.Point" + redacted }

// GoString is String.
func (v Point) GoString() string { return v.String() }

// MarshalText is String.
func (v Point) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Contact) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Contact) String() string { return "delivery.Contact" + redacted }

// GoString is String.
func (v Contact) GoString() string { return v.String() }

// MarshalText is String.
func (v Contact) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Goods) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Goods) String() string { return "delivery.Goods" + redacted }

// GoString is String.
func (v Goods) GoString() string { return v.String() }

// MarshalText is String.
func (v Goods) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Cargo) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Cargo) String() string { return "delivery.Cargo" + redacted }

// GoString is String.
func (v Cargo) GoString() string { return v.String() }

// MarshalText is String.
func (v Cargo) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Order) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Order) String() string { return "delivery.Order" + redacted }

// GoString is String.
func (v Order) GoString() string { return v.String() }

// MarshalText is String.
func (v Order) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
