package handler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Push is the endpoint that WeChat pushes to. All fields must be set; make it
// with NewPush.
type Push struct {
	PushOptions
	refused *zap.Logger
	slots   chan struct{}
}

// PushOptions say how pushes are taken.
type PushOptions struct {
	Receiver    *wechat.Receiver
	Desk        Desk
	Deadline    time.Duration // from the request's first byte to the answer
	MaxBody     int64         // bytes
	MaxInFlight int           // decisions under way; above it -1 at once
	Language    Language
	Log         *zap.Logger
	Metrics     *Metrics
}

// NewPush prepares the endpoint.
func NewPush(o PushOptions) *Push {
	return &Push{PushOptions: o, refused: sampled(o.Log), slots: make(chan struct{}, o.MaxInFlight)}
}

// answer is what one push gets, and what its log line and metrics say.
type answer struct {
	body                        []byte
	contentType                 string
	event, format, mode, result string // metric labels
	fields                      []zap.Field
	level                       zapcore.Level
}

// verifyURL answers WeChat's check of the URL with the echostr, alone.
func (p *Push) verifyURL(c *gin.Context) {
	echo, err := p.Receiver.VerifyURL(wechat.QueryFrom(c.Request.URL.Query()))
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.Log.Info("url verified")
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(echo))
}

// serve is a push in a straight line: bytes, envelope, message, decision, bytes.
func (p *Push) serve(c *gin.Context) {
	begun := firstByte(c.Request.Context())
	body, err := p.read(c, begun.Add(p.Deadline))
	if err != nil {
		p.refuse(c, err)
		return
	}
	push, err := p.Receiver.Open(wechat.QueryFrom(c.Request.URL.Query()), body)
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.Metrics.skew.Set(push.Skew.Seconds())
	// A client that hangs up does not undo a decision.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(c.Request.Context()), begun.Add(p.Deadline))
	defer cancel()
	a, err := p.answer(ctx, push, begun)
	if err != nil {
		p.refuse(c, err)
		return
	}
	c.Data(http.StatusOK, a.contentType, a.body)
	took := time.Since(begun)
	p.Metrics.answered(a, took)
	p.Log.Log(a.level, "push", append(a.fields,
		zap.String("event", a.event), zap.String("format", a.format), zap.String("mode", a.mode),
		zap.String("result", a.result), zap.Duration("took", took))...)
}

// answer decides one push by its event. Each event that is offered has its case
// and its file.
func (p *Push) answer(ctx context.Context, push *wechat.Push, begun time.Time) (answer, error) {
	a := answer{format: push.Format.String(), mode: push.Mode.String()}
	var err error
	switch push.EventName() {
	case wechat.EventCancelWaybill:
		err = p.cancel(ctx, push, begun, &a)
	default:
		p.ignore(ctx, push, begun, &a)
	}
	return a, err
}

// ignore answers an event that is not offered: WeChat takes the bare word for
// "nothing to say". What it is called goes to the log, never to a label.
func (p *Push) ignore(ctx context.Context, push *wechat.Push, begun time.Time, a *answer) {
	a.event, a.result = "other", "success"
	a.body, a.contentType = []byte("success"), "text/plain; charset=utf-8"
	a.fields = []zap.Field{short("msg_type", push.Header.MsgType), short("name", push.Header.Event)}
	seen := waybill.Push{ID: push.Identity(), Event: push.EventName(), Format: a.format, Mode: a.mode, Received: begun}
	err := p.atDesk(func() error { return p.Desk.Record(ctx, seen) })
	if err != nil {
		a.level = zapcore.WarnLevel
		a.fields = append(a.fields, zap.NamedError("not_recorded", err))
	}
}

// The ways in which a body cannot be read.
var (
	errTooLarge = errors.New("body is larger than wechat.max_body")
	errCutOff   = errors.New("body did not arrive whole in time")
)

// read takes the body, up to its limit in bytes and time.
func (p *Push) read(c *gin.Context, until time.Time) ([]byte, error) {
	// Not every writer has a connection to set a deadline on; the server's own
	// timeouts hold then.
	rc := http.NewResponseController(c.Writer)
	_ = rc.SetReadDeadline(until)
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, p.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCutOff, err)
	}
	_ = rc.SetReadDeadline(time.Time{})
	return body, nil
}

// refuse turns a request away with a bare status. Which check failed and why
// goes to the log only: seen from outside, all that is not believed looks alike.
func (p *Push) refuse(c *gin.Context, err error) {
	status, check, why := http.StatusForbidden, "other", err.Error()
	refusal, ok := errors.AsType[*wechat.Refusal](err)
	switch {
	case ok && refusal.Check.Malformed():
		status, check, why = http.StatusBadRequest, refusal.Check.String(), refusal.Detail
	case ok:
		check, why = refusal.Check.String(), refusal.Detail
		if refusal.Check == wechat.CheckWindow { // signed, so the skew is WeChat's
			p.Metrics.skew.Set(refusal.Skew.Seconds())
		}
	case errors.Is(err, errTooLarge):
		status, check = http.StatusRequestEntityTooLarge, "too_large"
	case errors.Is(err, errCutOff):
		status, check = http.StatusBadRequest, "cut_off"
	}
	p.Metrics.refusals.WithLabelValues(check).Inc()
	// The check is part of the message because the log is sampled by message.
	p.refused.Warn("refused: "+check, zap.Int("status", status), zap.String("why", why),
		zap.String("peer", c.RemoteIP()))
	c.Status(status)
}

// short keeps a text from outside from filling the log.
func short(key, s string) zap.Field {
	const most = 128
	if len(s) > most {
		s = s[:most] + "…"
	}
	return zap.String(key, s)
}
