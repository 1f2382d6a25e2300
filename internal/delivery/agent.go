package delivery

import (
	"errors"
	"unicode/utf8"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// Agent is the rider of an attempt, as the carrier's systems name one: WeChat's agent of
// updateOrder.
type Agent struct {
	redacted.Struct
	Name           string
	Phone          string
	PhoneEncrypted bool // WeChat's is_phone_encrypted
}

// ErrAgentMissing says that a report of a rider does not say who it is.
var ErrAgentMissing = errors.New("is needed with order_status 102: WeChat is told of it, and takes no rider without a name and a telephone")

// newAgent reads an agent of a status report; nil stays nil. WeChat takes none without a
// name or a telephone.
func newAgent(f *input.Fields, a *Agent) *Agent {
	if a == nil {
		return nil
	}
	return &Agent{
		Name:           neededLine(f, "agent.name", a.Name, maxName),
		Phone:          neededLine(f, "agent.phone", a.Phone, maxPhone),
		PhoneEncrypted: a.PhoneEncrypted,
	}
}

// neededLine reads a text of at most max characters, which must not be empty, as one line.
func neededLine(f *input.Fields, field, s string, max int) string {
	s = f.Line(field, s, utf8.UTFMax*max)
	if utf8.RuneCountInString(s) > max {
		f.Fault(field, input.ErrLong)
	}
	return f.Needed(field, s)
}
