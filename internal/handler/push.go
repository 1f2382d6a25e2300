package handler

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/sync/semaphore"
)

// Push is the endpoint that WeChat pushes to. All fields without a note that says
// otherwise must be set; make it with NewPush.
type Push struct {
	PushOptions
	sampled *zap.Logger            // for what anybody can cause
	failed  map[string]*zap.Logger // by why; each takes its own share of lines
	slots   chan struct{}
	bytes   atomic.Int64        // that the pushes under way take
	large   *semaphore.Weighted // bytes of bodies above maxSmall, while they are read and opened
	opening chan struct{}       // pushes that are being opened: as many as there are processors
}

// PushOptions say how pushes are taken.
type PushOptions struct {
	Receiver    *wechat.Receiver
	Desk        Desk
	Courier     Courier       // nil: instant delivery is not offered, and its pushes are told so
	Deadline    time.Duration // from the request's first byte to the answer
	MaxBody     int64         // bytes
	MaxInFlight int           // decisions under way; above it -1 at once
	Language    Language
	Log         *zap.Logger
	Metrics     *Metrics
}

// NewPush prepares the endpoint.
func NewPush(o PushOptions) *Push {
	if o.Courier != nil {
		o.Metrics.begin(deliveryEvents...)
	}
	failed := map[string]*zap.Logger{}
	for _, why := range Failures() {
		failed[why] = bounded.Log(o.Log)
	}
	failed[unknownOutcome] = o.Log // each of them has to be looked up
	return &Push{PushOptions: o, sampled: bounded.Log(o.Log), failed: failed, slots: make(chan struct{}, o.MaxInFlight),
		large: semaphore.NewWeighted(maxLarge), opening: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// answer is what one push gets, and what its log line and metrics say.
type answer struct {
	begun                       time.Time // when the push's first byte came
	size                        int64     // of the push, in bytes
	members                     int64     // what they take besides, in bytes
	body                        []byte
	contentType                 string
	event, format, mode, result string // metric labels
	failure                     string // why nothing was decided, or empty
	binding                     *ledger.Binding
	refusal                     error // of a push that the desk does not believe; it gets no packet
	fields                      []zap.Field
	level                       zapcore.Level
}

// seen names the push's event, and is what the desk keeps of the push.
func (a *answer) seen(event string, id ledger.PushID) ledger.Push {
	a.event = event
	return ledger.Push{ID: id, Event: event, Format: a.format, Mode: a.mode, Received: a.begun, Binding: a.binding}
}

// log puts more into the push's one log line.
func (a *answer) log(fields ...zap.Field) { a.fields = append(a.fields, fields...) }

// code is the result that the answer carries.
func (a *answer) code(r result) { a.result = strconv.Itoa(r.code) }

// verifyURL answers WeChat's check of the URL with the echostr, alone.
func (p *Push) verifyURL(c *gin.Context) {
	echo, err := p.Receiver.VerifyURL(wechat.QueryFrom(c.Request.URL.RawQuery))
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.sampled.Info("url verified") // whoever saw a push has a signature for it
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(echo))
}

// serve is a push in a straight line: bytes, envelope, message, decision, bytes.
func (p *Push) serve(c *gin.Context) {
	begun := firstByte(c.Request.Context())
	body, done, err := p.read(c, begun.Add(p.Deadline))
	if err != nil {
		done()
		p.refuse(c, err)
		return
	}
	push, err := p.open(wechat.QueryFrom(c.Request.URL.RawQuery), body)
	done() // what is believed is bounded by the bytes under way
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.Metrics.skew.Set(push.Skew.Seconds())
	// A client that hangs up does not undo a decision.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(c.Request.Context()), begun.Add(p.Deadline))
	defer cancel()
	working(ctx)
	a, err := p.answer(ctx, push, begun, len(body))
	if err != nil {
		p.refuse(c, err)
		return
	}
	took := time.Since(begun)
	p.Metrics.answered(a, took) // before whoever has the answer asks
	send(c, a)
	a.log(zap.String("event", a.event), zap.String("format", a.format), zap.String("mode", a.mode),
		zap.String("result", a.result), zap.Duration("took", took))
	log := p.Log
	if a.failure != "" {
		log = p.failed[a.failure]
	}
	log.Log(a.level, "push", a.fields...)
}

// send gives the answer to the network, before its line is logged.
func send(c *gin.Context, a answer) {
	if crowded(c.Request.Context()) {
		c.Header("Connection", "close") // rather than close it later, just as the sender uses it again
	}
	c.Data(http.StatusOK, a.contentType, a.body) // with its length: chunks would need an end
	c.Writer.Flush()
}

// answer decides one push by its event. Each event that is offered has its case
// and its file, and makes a packet. Where there is none, WeChat takes the bare
// word success for "nothing to say".
func (p *Push) answer(ctx context.Context, push *wechat.Push, begun time.Time, size int) (answer, error) {
	a := answer{begun: begun, size: int64(size), members: push.Size(), format: push.Format.String(), mode: push.Mode.String(), fields: make([]zap.Field, 0, mostFields),
		binding: (*ledger.Binding)(push.Binding)}
	var packet []byte
	var err error
	switch push.EventName() {
	case wechat.EventCancelWaybill:
		packet, err = p.cancel(ctx, push, &a)
	case wechat.EventAddWaybill:
		packet, err = p.add(ctx, push, &a)
	case wechat.EventCheckBiz:
		packet, err = p.checkBiz(ctx, push, &a)
	case wechat.EventGetQuota:
		packet, err = p.getQuota(ctx, push, &a)
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		packet, err = p.transportOrder(ctx, push, &a)
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder, wechat.EventQueryOrder, wechat.EventAddTips, wechat.EventConfirmReturn:
		packet, err = p.transportAsk(ctx, push, &a)
	default:
		packet, err = p.notOffered(ctx, push, &a)
	}
	if a.refusal != nil {
		err = a.refusal
	}
	if err != nil {
		return a, err
	}
	if packet == nil {
		a.result, a.body, a.contentType = "success", []byte("success"), "text/plain; charset=utf-8"
		return a, nil
	}
	a.contentType = push.Format.ContentType()
	a.body, err = push.Seal(packet)
	return a, err
}

// mostFields is how many fields the longest log line has.
const mostFields = 10

// errNoRoom refuses a large body.
var errNoRoom = errors.New("others' large bodies took all the room until the deadline")

// unread says how a body that cannot be read is refused.
var unread = []struct {
	err    error
	status int
	check  string
}{
	{bounded.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{bounded.ErrCutOff, http.StatusBadRequest, "cut_off"},
	{errNoRoom, http.StatusServiceUnavailable, "no_room"},
}

// otherCheck is the check of a refusal for which there is no other name.
const otherCheck = "other"

// Checks lists the checks by which requests are refused, as the log and the metrics
// name them.
func Checks() []string {
	var names []string
	for _, c := range wechat.Checks() {
		names = append(names, c.String())
	}
	for _, u := range unread {
		names = append(names, u.check)
	}
	return append(names, otherCheck)
}

// open opens a push in its turn: what strangers send takes no more processors than
// there are, and no more memory than those need.
func (p *Push) open(q wechat.Query, body []byte) (*wechat.Push, error) {
	p.opening <- struct{}{}
	defer func() { <-p.opening }()
	return p.Receiver.Open(q, body)
}

const (
	// maxSmall is how large a body may be that has no share in maxLarge: more than an
	// honest push needs.
	maxSmall = 16 << 10

	// maxLarge is how many bytes all bodies together may have beyond maxSmall each.
	maxLarge = 8 << 20
)

// read takes the body, up to its limit in bytes and time. Its room is given back by
// done, when it was opened.
func (p *Push) read(c *gin.Context, until time.Time) (b []byte, done func(), err error) {
	limits := bounded.Limits{Until: until, Bytes: p.MaxBody, Small: maxSmall}
	return bounded.Body(c.Writer, c.Request, limits, func(size int64) (func(), error) {
		ctx, cancel := context.WithDeadline(c.Request.Context(), until)
		defer cancel()
		size = min(size, maxLarge)
		if err := p.large.Acquire(ctx, size); err != nil {
			return nil, errNoRoom
		}
		return func() { p.large.Release(size) }, nil
	})
}

// refuse turns a request away with a bare status. Which check failed and why
// goes to the log only: seen from outside, all that is not believed looks alike.
func (p *Push) refuse(c *gin.Context, err error) {
	status, check, why := http.StatusForbidden, otherCheck, err.Error()
	refusal, ok := errors.AsType[*wechat.Refusal](err)
	switch {
	case ok && refusal.Check.Malformed():
		status, check, why = http.StatusBadRequest, refusal.Check.String(), refusal.Detail
	case ok:
		check, why = refusal.Check.String(), refusal.Detail
		if refusal.Check == wechat.CheckWindow { // signed, so the skew is WeChat's
			p.Metrics.skew.Set(refusal.Skew.Seconds())
		}
	default:
		for _, u := range unread {
			if errors.Is(err, u.err) {
				status, check = u.status, u.check
			}
		}
	}
	p.Metrics.refusals.WithLabelValues(check).Inc()
	// The check is part of the message because the log is sampled by message.
	p.sampled.Warn("refused: "+check, zap.Int("status", status), zap.String("why", why),
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
