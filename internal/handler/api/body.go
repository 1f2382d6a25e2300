package api

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/handler/bounded"
)

// body reads the request's body, JSON of at most limit bytes, and parses it. Until then it
// counts among the bodies of its token. A small body never waits for the memory that large
// ones share.
func (r *request) body(limit int64, optional bool, parse func(body []byte) error) error {
	switch {
	case r.invalid != nil:
		return r.invalid
	case r.Request.ContentLength == 0 && optional:
		return nil
	}
	if err := jsonType(r.Request.Header); err != nil {
		return err
	}
	release, err := r.caller.acquireBody(r.ctx)
	if err != nil {
		return err
	}
	defer release()
	r.begun = true
	b, free, err := bounded.Body(r.Writer, r.Request, bounded.Limits{Until: r.until, Bytes: limit, Small: maxSmall},
		func(size int64) (func(), error) { return r.api.acquireLarge(r.ctx, r.caller, size) })
	defer free()
	switch {
	case errors.Is(err, bounded.ErrTooLarge):
		return problemOf(tooLarge, fmt.Sprintf("the body has more than %d bytes", limit))
	case errors.Is(err, bounded.ErrCutOff): // it may be valid
		return retryable(unavailable, "nothing", "the body did not arrive whole in time; nothing was recorded, send it again", err)
	case err != nil:
		return err
	}
	r.api.Working(r.Request.Context())
	if optional && len(b) == 0 {
		return nil
	}
	return parse(b)
}

// readObject reads a body that is one JSON object into in, whose members those are,
// and checks it with check.
func readObject[T any](r *request, optional bool, in *T, check func(T) (T, error), members ...member) (T, error) {
	err := r.body(maxBody, optional, func(body []byte) error {
		d, err := newDecoder(body)
		if err != nil {
			return err
		}
		return d.object(members...)
	})
	if err != nil {
		return *in, err
	}
	return check(*in)
}

// patience is how long the server waits for the rest of a body that it does not use.
const patience = 500 * time.Millisecond

// abandonBody bounds the time in which net/http reads a body that was not read, as it
// does before it answers. A client that has sent all of it gets the answer and may use
// the connection again; one that sends slowly does not keep it.
func (r *request) abandonBody() {
	if r.Request.ContentLength != 0 && !r.begun {
		_ = http.NewResponseController(r.Writer).SetReadDeadline(time.Now().Add(patience))
	}
}

// jsonType refuses a body whose headers do not say that it is plain JSON.
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
