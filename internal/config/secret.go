package config

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Secret is a string that does not show itself: however it is printed or
// marshalled, it is "[redacted]". Only Value gives it away.
//
// Where fmt and json ask no method it cannot help: in an unexported field, as
// the key of a map in JSON, and under the verbs %w and %p (which vet refuses).
type Secret string

// Value is the secret itself.
func (s Secret) Value() string { return string(s) }

// String does not show the secret.
func (s Secret) String() string { return redacted }

// GoString does not show the secret.
func (s Secret) GoString() string { return redacted }

// Format does not show the secret under any verb. String and GoString are not
// enough: %d of a string prints it whole, inside fmt's complaint about the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText does not show the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON does not show the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
