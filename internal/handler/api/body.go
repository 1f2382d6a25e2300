package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// read reads the request's body, which is JSON of at most limit bytes, and has it
// parsed; not if it may be left out and is. Until it is parsed it counts among the
// bodies of its token. A small one never waits for room that large ones have.
func (a *API) read(r *request, limit int64, needed bool, parse func(body []byte) error) error {
	if r.Request.ContentLength == 0 && !needed {
		return nil
	}
	if err := jsonType(r.Request.Header); err != nil {
		return err
	}
	leave, err := r.caller.enter(r.ctx)
	if err != nil {
		return err
	}
	defer leave()
	r.begun = true
	// Not every writer has a connection to set a deadline on; the server's own
	// timeouts hold then. With the body's end net/http lifts the deadline.
	_ = http.NewResponseController(r.Writer).SetReadDeadline(r.until)
	var b bytes.Buffer
	body := http.MaxBytesReader(r.Writer, r.Request.Body, limit)
	_, err = b.ReadFrom(io.LimitReader(body, maxSmall))
	if err == nil && b.Len() == maxSmall && r.Request.ContentLength != maxSmall { // there may be more
		size := limit
		if r.Request.ContentLength > 0 { // it was said how much
			size = min(size, r.Request.ContentLength)
		}
		release, full := a.grow(r.ctx, r.caller, size-maxSmall)
		if full != nil {
			return full
		}
		defer release()
		_, err = b.ReadFrom(body)
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return problemOf(tooLarge, fmt.Sprintf("the body has more than %d bytes", limit))
	}
	if err != nil {
		return cutOff(err)
	}
	a.Working(r.Request.Context())
	if !needed && b.Len() == 0 {
		return nil
	}
	return parse(b.Bytes())
}

// patience is how long the rest of a body is waited for that nobody reads.
const patience = 500 * time.Millisecond

// abandon bounds the time in which net/http reads a body that was not read, as it
// does before it answers: who has sent all of it gets the answer and may go on using
// the connection, and who dribbles does not keep it.
func (r *request) abandon() {
	if r.Request.ContentLength != 0 && !r.begun {
		_ = http.NewResponseController(r.Writer).SetReadDeadline(time.Now().Add(patience))
	}
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
