package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"carrierhook/internal/outbox"
)

// maxRetryAfter is how long an endpoint can keep us away.
const maxRetryAfter = time.Hour

func answered(status int, retryAfter string, now time.Time) outbox.Result {
	if status >= 200 && status < 300 {
		return outbox.Result{OK: true, Kind: outbox.KindDelivered}
	}
	r := outbox.Result{Kind: "status_" + strconv.Itoa(status/100) + "xx", Failure: "status " + strconv.Itoa(status)}
	if status >= 300 && status < 400 {
		r.Failure += ": redirects are not followed"
	}
	r.Gone = status == http.StatusGone
	r.RetryAfter = parseRetryAfter(retryAfter, now)
	r.Slow = status == http.StatusTooManyRequests || status == http.StatusBadGateway || status == http.StatusGatewayTimeout || r.RetryAfter > 0
	r.Refused = refusal(status) && r.RetryAfter == 0
	return r
}

// refusal tells whether a status is about what was sent. The others of 4xx are about when,
// or about the endpoint as a whole.
func refusal(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusGone, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func parseRetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// failed says of what kind an error is, in words of our own: those of the error may hold
// what is in the URL.
func failed(err error) outbox.Result {
	kind, failure := "network", "the connection failed"
	var timeout net.Error
	var op *net.OpError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errAddress), errors.Is(err, errPublicURL):
		kind, failure = "refused_address", errAddress.Error()
		if errors.Is(err, errPublicURL) {
			failure = errPublicURL.Error()
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
	return outbox.Result{Kind: kind, Failure: clean(failure)}
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
