package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"unicode"
)

// Describe says of what kind the error of a request is, one of a few words, and what
// happened, in words of our own: those of the error may have what is in the URL, or what
// the other side wrote.
func Describe(err error) (kind, failure string) {
	kind, failure = "network", "the connection failed"
	var timeout net.Error
	var op *net.OpError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ErrAddress), errors.Is(err, ErrPublicURL):
		kind, failure = "refused_address", ErrAddress.Error()
		if errors.Is(err, ErrPublicURL) {
			failure = ErrPublicURL.Error()
		}
	case errors.As(err, &certificate):
		kind, failure = "tls", "the certificate was not accepted: "+certificate.Err.Error()
	case errors.As(err, &dns):
		failure = "the name was not resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		kind, failure = "timeout", "no answer in time"
	case errors.As(err, &op) && op.Op == "dial":
		failure = "no connection: " + op.Err.Error()
	}
	return kind, clean(failure)
}

// maxFailure is how much is kept of a failure, in bytes.
const maxFailure = 200

// clean makes a text that others may have written fit for the database, a log and a
// terminal: the names in a certificate are its owner's.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), maxFailure)], "")
}
