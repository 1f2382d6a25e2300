package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
)

// request is a request under way, and what its log line says.
type request struct {
	*gin.Context
	ctx    context.Context // ends with the deadline
	until  time.Time       // the deadline
	caller *caller         // nil: of what needs no token, or has no right one
	begun  bool            // its body is read, or was
	fields []zap.Field
}

// by is the name of whoever calls, empty if that is not known.
func (r *request) by() string {
	if r.caller == nil {
		return ""
	}
	return r.caller.Name
}

// log puts more into the request's one log line.
func (r *request) log(fields ...zap.Field) { r.fields = append(r.fields, fields...) }

// changed puts into the log line what the request has set, by the names of what was
// set and never its values.
func (r *request) changed(names ...string) { r.log(zap.Strings("changed", names)) }

// answer is what a request gets when there is no problem.
type answer struct {
	status   int
	body     any    // is sent as JSON, or as the file that it is
	location string // of what was made; empty: nothing was
	encoded  []byte
}

// handle takes a request from its first byte to its answer, log line and metrics.
func (a *API) handle(c *gin.Context, rt route) {
	begun := a.FirstByte(c.Request.Context())
	r := &request{Context: c, until: begun.Add(Deadline)}
	ctx := c.Request.Context()
	if rt.method != http.MethodGet {
		// A client that hangs up does not undo a report.
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	r.ctx = ctx

	ans, err := a.work(r, rt)
	var p *problem
	if err != nil {
		p = problemFor(err)
		ans = answer{status: p.Status, encoded: encode(p)}
	}
	r.write(ans, p)
	a.note(r, rt, ans.status, p, time.Since(begun))
}

// work does what the route is for, if the caller may have it. A panic on the way
// is a problem like another.
func (a *API) work(r *request, rt route) (ans answer, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = a.mistake(fault)
		}
	}()
	if r.caller, err = a.bearer(r.Request, rt.need); err != nil {
		return answer{}, err
	}
	if rt.method == http.MethodGet {
		a.Working(r.Request.Context())
	}
	if ans, err = rt.serve(r); err != nil {
		return answer{}, err
	}
	if _, ok := ans.body.(file); !ok {
		ans.encoded = encode(ans.body)
	}
	return ans, nil
}

// mistake notes a panic, for it is called while one is under way. Only what the
// language itself says of one is shown: any other text may hold what was reported.
func (a *API) mistake(fault any) *problem {
	text := fmt.Sprintf("a %T", fault)
	if err, ok := fault.(runtime.Error); ok {
		text = err.Error()
	}
	a.Log.Error("panic", zap.String("fault", text), zap.Stack("stack"))
	return problemOf(internal, "what became of the request is unknown; the server's log says more")
}

// write sends an answer, or the problem that p is.
func (r *request) write(ans answer, p *problem) {
	r.abandon()
	h := r.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	contentType := "application/json"
	if p != nil {
		contentType = "application/problem+json"
		switch p.name {
		case unauthorized:
			h.Set("WWW-Authenticate", "Bearer")
		case unavailable, tooMany:
			h.Set("Retry-After", "1")
		}
	}
	if ans.location != "" {
		h.Set("Location", ans.location)
	}
	if file, ok := ans.body.(file); ok {
		file.write(r, ans.status)
		return
	}
	r.Data(ans.status, contentType, ans.encoded)
}

// encode writes JSON, with the characters of HTML as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // a time that no calendar has
	}
	return b.Bytes()
}

// note counts a request and writes its log line.
func (a *API) note(r *request, rt route, status int, p *problem, took time.Duration) {
	a.metrics.answered(rt.method, rt.path, status, took)
	log, fields := a.Log, append([]zap.Field{
		zap.String("method", methodLabel(rt.method)), zap.String("route", rt.path), zap.Int("status", status),
	}, r.fields...)
	if by := r.by(); by != "" {
		fields = append(fields, zap.String("by", by))
	} else if p != nil {
		log = a.sampled
	}
	if p != nil {
		fields = append(fields, zap.String("problem", p.name))
		switch p.name {
		case forbidden:
			if p.Scope != "" {
				fields = append(fields, zap.String("scope", p.Scope))
			}
		case tooMany:
			a.metrics.turnedAway.WithLabelValues(r.by()).Inc()
			log = a.sampled
		case unavailable:
			fields = append(fields, zap.String("kept", p.Kept))
		}
	}
	fields = append(fields, zap.Duration("took", took))
	if status >= http.StatusInternalServerError {
		log.Error("api", append(fields, zap.Error(p.cause))...)
		return
	}
	log.Info("api", fields...)
}
