package delivery

import "fmt"

// An attempt has its codes, its token and a rider's words, and what is made of
// it has them too.

// Format prints the type's name only.
func (v Attempt) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Attempt) String() string { return "delivery.Attempt" + redacted }

// GoString is String.
func (v Attempt) GoString() string { return v.String() }

// MarshalText is String.
func (v Attempt) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Fresh) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Fresh) String() string { return "delivery.Fresh" + redacted }

// GoString is String.
func (v Fresh) GoString() string { return v.String() }

// MarshalText is String.
func (v Fresh) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Decision) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Decision) String() string { return "delivery.Decision" + redacted }

// GoString is String.
func (v Decision) GoString() string { return v.String() }

// MarshalText is String.
func (v Decision) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Report) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Report) String() string { return "delivery.Report" + redacted }

// GoString is String.
func (v Report) GoString() string { return v.String() }

// MarshalText is String.
func (v Report) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Step) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Step) String() string { return "delivery.Step" + redacted }

// GoString is String.
func (v Step) GoString() string { return v.String() }

// MarshalText is String.
func (v Step) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Format prints the type's name only.
func (v Traced) Format(f fmt.State, _ rune) { hide(f, v.String()) }

// String is the type's name only.
func (Traced) String() string { return "delivery.Traced" + redacted }

// GoString is String.
func (v Traced) GoString() string { return v.String() }

// MarshalText is String.
func (v Traced) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
