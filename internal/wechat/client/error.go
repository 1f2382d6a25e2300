package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"

	"carrierhook/internal/egress"
)

// Error is an answer that is a refusal, or no answer of WeChat's but an HTTP status. Its
// text has the path, the code and our words, and nothing of the request, nor of errmsg
// but what is below.
type Error struct {
	Path   string // of WeChat's call
	Code   int    // 0: it is an HTTP status
	Status int    // the HTTP status; 0: 200
	Result bool   // the code is a resultcode, of a call that has those

	RID     string     // by which WeChat finds the request in its logs; empty: it gave none
	Address netip.Addr // which WeChat saw us come from, where it says so
}

func (e *Error) Error() string {
	text := e.Path + ": "
	switch {
	case e.Code == 0 && e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("%sHTTP status %d: redirects are not followed", text, e.Status)
	case e.Code == 0:
		return fmt.Sprintf("%sHTTP status %d %s", text, e.Status, http.StatusText(e.Status))
	}
	text += e.Number() + ": " + codeOf(e.Path, e.Code, e.Result).Words
	if e.Address.IsValid() {
		text += fmt.Sprintf(" (WeChat sees the address %v)", e.Address)
	}
	if e.RID != "" {
		text += " (rid " + e.RID + ")"
	}
	return text
}

// Number is the code, with the name that it has in the answer.
func (e *Error) Number() string {
	if e.Result {
		return fmt.Sprintf("resultcode %d", e.Code)
	}
	return fmt.Sprintf("errcode %d", e.Code)
}

// Unanswered is a call of which nobody knows whether WeChat has carried it out: there was
// no answer, or none that can be read.
type Unanswered struct {
	Path string
	Kind string // timeout, network, tls, refused_address or unreadable
	why  string // our own words
	of   error  // of a context, where that has ended
}

func (e *Unanswered) Error() string { return e.Path + ": " + e.why }

// Unwrap is why the context has ended, if that is it.
func (e *Unanswered) Unwrap() error { return e.of }

// unanswered is a request that failed before its answer had ended.
func unanswered(path string, err error) error {
	e := &Unanswered{Path: path}
	e.Kind, e.why = egress.Describe(err)
	for _, of := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, of) {
			e.of = of
		}
	}
	return e
}

// unreadable is an answer that is not WeChat's, or not whole.
func unreadable(path, why string) error {
	return &Unanswered{Path: path, Kind: "unreadable", why: "the answer cannot be read: " + why}
}

// What is taken out of an errmsg. It has no room for anything else.
var (
	ridShape = regexp.MustCompile(`\brid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})\b`)
	ipShape  = regexp.MustCompile(`\binvalid ip ([0-9a-fA-F.:]{2,45})\b`)
)

func refusal(path string, code int, result bool, errmsg string) *Error {
	e := &Error{Path: path, Code: code, Result: result}
	if m := ridShape.FindStringSubmatch(errmsg); m != nil {
		e.RID = m[1]
	}
	if m := ipShape.FindStringSubmatch(errmsg); m != nil {
		e.Address, _ = netip.ParseAddr(m[1])
	}
	return e
}
