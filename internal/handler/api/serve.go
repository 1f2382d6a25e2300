package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"carrierhook/internal/redacted"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
)

// request is a request being served, and the fields of its log line.
type request struct {
	*gin.Context
	api     *API
	ctx     context.Context // ends with the deadline
	until   time.Time       // the deadline
	caller  *caller         // nil: no token is needed, or the token is unknown
	query   url.Values
	invalid error         // the first fault of the path or the query
	status  int           // of the answer
	waited  time.Duration // for what the client asked to wait for
	begun   bool          // reading the body has begun
	sets    []string      // names of what the request sets; the values are never logged
	changed bool          // they were set
	fields  []zap.Field
}

// by is the name of the caller's token, empty if it is unknown.
func (r *request) by() string {
	if r.caller == nil {
		return ""
	}
	return r.caller.Name
}

// log adds fields to the request's one log line.
func (r *request) log(fields ...zap.Field) { r.fields = append(r.fields, fields...) }

// recorded adds the verdict to the log line.
func recorded[V ~string](r *request, verdict V, changed bool) {
	r.log(zap.String("verdict", string(verdict)))
	r.changed = changed
}

// operation answers a request with a value that is sent as JSON.
type operation func(*request) (any, error)

// handle makes an operation of two steps: decode reads the request, serve calls the store.
// The query may have the parameters params and no others. An error of either step becomes a
// problem.
func handle[Req, Resp any](decode func(*request) (Req, error), serve func(*request, Req) (Resp, error), params ...string) operation {
	return func(r *request) (any, error) {
		r.checkQuery(params)
		req, err := decode(r)
		if r.invalid != nil {
			err = r.invalid
		}
		if err != nil {
			return nil, err
		}
		return serve(r, req)
	}
}

// serve takes a request from its first byte to its answer, log line and metrics.
func (a *API) serve(c *gin.Context, rt route) {
	begun := a.FirstByte(c.Request.Context())
	r := &request{Context: c, api: a, until: begun.Add(Deadline), status: http.StatusOK}
	ctx := c.Request.Context()
	if rt.method != http.MethodGet {
		// A client that hangs up does not cancel what it reported.
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	r.ctx = ctx

	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	body, err := a.work(r, rt)
	var p *problem
	if err != nil {
		p = problemFor(err)
		r.status, body = p.Status, encode(p)
	}
	r.write(body, p)
	a.note(r, rt, p, time.Since(begun))
}

// work runs the operation if the caller may use it, and encodes its answer. A panic
// becomes a problem.
func (a *API) work(r *request, rt route) (body []byte, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = a.panicked(fault)
		}
	}()
	if r.caller, err = a.authorize(r.Request, rt.scope); err != nil {
		return nil, err
	}
	if rt.method == http.MethodGet || r.Request.ContentLength == 0 {
		a.Working(r.Request.Context())
	}
	answer, err := rt.serve(r)
	if err != nil {
		return nil, err
	}
	if text, ok := answer.(document); ok {
		return text, nil
	}
	return encode(answer), nil
}

// panicked logs a panic; call it while recovering.
func (a *API) panicked(fault any) *problem {
	a.sampled.Error("panic", zap.String("fault", redacted.Panic(fault)), zap.Stack("stack"))
	return problemOf(internal, "it is unknown what became of the request; the server's log says more")
}

// write sends an answer, or the problem p.
func (r *request) write(body []byte, p *problem) {
	r.abandonBody()
	if p == nil {
		if r.status == http.StatusNotModified {
			r.Status(r.status)
			return
		}
		r.Data(r.status, "application/json", body)
		return
	}
	h := r.Writer.Header()
	h.Del("Location") // if encoding the answer failed
	switch p.name {
	case unauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case unavailable, tooMany:
		h.Set("Retry-After", "1")
	}
	r.Data(r.status, "application/problem+json", body)
}

// encode writes JSON and leaves HTML's special characters as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // a time outside the years 0 to 9999
	}
	return b.Bytes()
}

// note counts a request and writes its log line.
func (a *API) note(r *request, rt route, p *problem, took time.Duration) {
	a.metrics.answered(rt.method, rt.path, r.status, took-r.waited)
	log, fields := a.Log, append([]zap.Field{
		zap.String("method", methodLabel(rt.method)), zap.String("route", rt.path), zap.Int("status", r.status),
	}, r.fields...)
	if by := r.by(); by != "" {
		fields = append(fields, zap.String("by", by))
	} else if p != nil {
		log = a.sampled
	}
	if p != nil {
		fields = append(fields, zap.String("problem", p.name))
		if p.Scope != "" {
			fields = append(fields, zap.String("scope", p.Scope))
		}
		switch p.name {
		case tooMany:
			a.metrics.rejections.WithLabelValues(r.by()).Inc()
			log = a.sampled
		case unavailable:
			fields = append(fields, zap.String("kept", p.Kept))
		}
	}
	if r.changed || p != nil && p.Kept == unknownKept && r.sets != nil { // or may have been
		fields = append(fields, zap.Strings("changed", r.sets))
	}
	if fields = append(fields, zap.Duration("took", took)); r.waited > 0 {
		fields = append(fields, zap.Duration("waited", r.waited))
	}
	if r.status >= http.StatusInternalServerError {
		log.Error("api", append(fields, zap.Error(p.cause))...)
		return
	}
	log.Info("api", fields...)
}
