// Package redacted holds strings and structs that do not print themselves:
// passwords, keys and personal data stay out of logs, errors and JSON that was not
// written for them. Code that needs the text names it: string(s), or the field.
//
// What fmt and the encoders do not ask a value about, this cannot help: an
// unexported field of a struct that prints itself, the key of a map in JSON, and
// the verbs %p and %w, which go vet refuses.
package redacted

import (
	"fmt"
	"io"
)

// Text is what stands for everything that is redacted.
const Text = "[redacted]"

// String is a secret or personal text.
type String string

// Value is the text itself.
func (s String) Value() string { return string(s) }

// String does not show the text.
func (String) String() string { return Text }

// GoString does not show the text.
func (String) GoString() string { return Text }

// Format does not show the text under any verb. String and GoString are not enough:
// %d of a string prints it whole, inside fmt's complaint about the verb.
func (String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Text) }

// MarshalText keeps the text out of JSON, XML and the loggers built on them.
func (String) MarshalText() ([]byte, error) { return []byte(Text), nil }

// Struct hides the struct that it is embedded in, with all its fields. It must be
// the only embedded field with these methods, or the outermost one. It comes first:
// at the end it would take room.
type Struct struct{}

// String does not show the fields.
func (Struct) String() string { return Text }

// GoString does not show the fields.
func (Struct) GoString() string { return Text }

// Format does not show the fields under any verb.
func (Struct) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Text) }

// MarshalText keeps the fields out of JSON, XML and the loggers built on them.
func (Struct) MarshalText() ([]byte, error) { return []byte(Text), nil }
