package api

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// body reads the request's body, which is JSON of at most most bytes; nil if it
// may be left out and is.
func (r *request) body(most int64, needed bool) ([]byte, error) {
	if r.Request.ContentLength == 0 && !needed {
		return nil, nil
	}
	if err := jsonType(r.Request.Header); err != nil {
		return nil, err
	}
	// Not every writer has a connection to set a deadline on; the server's own
	// timeouts hold then. With the body's end net/http lifts the deadline.
	_ = http.NewResponseController(r.Writer).SetReadDeadline(r.until)
	var b bytes.Buffer
	_, err := b.ReadFrom(http.MaxBytesReader(r.Writer, r.Request.Body, most))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, problemOf(tooLarge, fmt.Sprintf("the body has more than %d bytes", most))
	}
	if err != nil {
		return nil, cutOff(err)
	}
	if !needed && b.Len() == 0 {
		return nil, nil
	}
	return b.Bytes(), nil
}

// cutOff is the problem of a body that did not arrive whole. Nothing can be said
// against what it would have been, so the caller may send it again.
func cutOff(cause error) *problem {
	p := problemOf(unavailable, "the body did not arrive whole in time, and nothing was recorded; send it again")
	p.Kept, p.cause = "nothing", fmt.Errorf("read the body: %w", cause)
	return p
}

// jsonType refuses bodies that say they are something else than plain JSON.
func jsonType(h http.Header) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	switch {
	case err != nil || kind != "application/json" || given && !strings.EqualFold(charset, "utf-8"):
		return problemOf(unsupportedMediaType, "the Content-Type must be application/json")
	case h.Get("Content-Encoding") != "":
		return problemOf(unsupportedMediaType, "the body must not be compressed")
	}
	return nil
}
