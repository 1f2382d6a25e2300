package handler

import (
	"context"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
	"golang.org/x/sync/semaphore"
)

// Push is the endpoint that WeChat pushes to. Make it with NewPush.
type Push struct {
	PushOptions
	sampled     *zap.Logger            // for what anybody can cause
	failureLogs map[string]*zap.Logger // by failure; each takes its own share of lines
	inFlight    chan struct{}          // decisions
	memory      atomic.Int64           // bytes that they take
	large       *semaphore.Weighted    // bytes of bodies above maxSmall, while they are read and opened
	opening     chan struct{}          // pushes that are being opened: as many as there are processors
}

// Account is a mini program whose pushes are taken, at a path of its own: no push for one is
// believed under the key of another.
type Account struct {
	Name     string // of few: in the path, the log and the metrics
	Receiver *wechat.Receiver
}

// PushOptions say how pushes are taken. All but Instant must be set.
type PushOptions struct {
	Accounts    []Account
	Express     ExpressStore
	Instant     InstantStore // nil: instant delivery is not offered, and its pushes are refused so
	Ledger      Ledger
	Deadline    time.Duration // from the request's first byte to the answer
	MaxBody     int64         // bytes
	MaxInFlight int           // decisions in flight; above it -1 at once
	Language    Language
	Log         *zap.Logger
	Metrics     *Metrics
}

// NewPush prepares the endpoint.
func NewPush(o PushOptions) *Push {
	o.Metrics.begin(o.Accounts, o.Instant != nil)
	failureLogs := map[string]*zap.Logger{}
	for _, name := range Failures() {
		failureLogs[name] = bounded.Log(o.Log)
	}
	failureLogs[unknownOutcome] = o.Log // each of them has to be looked up
	return &Push{
		PushOptions: o, sampled: bounded.Log(o.Log), failureLogs: failureLogs, inFlight: make(chan struct{}, o.MaxInFlight),
		large: semaphore.NewWeighted(maxLarge), opening: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// mount takes the pushes for each mini program at its path and, where there is one alone, at
// Path too.
func (p *Push) mount(r gin.IRoutes) {
	for i := range p.Accounts {
		to := &p.Accounts[i]
		paths := []string{Path + "/" + to.Name}
		if len(p.Accounts) == 1 {
			paths = append(paths, Path)
		}
		for _, path := range paths {
			r.GET(path, func(c *gin.Context) { p.verifyURL(c, to) })
			r.POST(path, func(c *gin.Context) { p.serve(c, to) })
		}
	}
}

// verifyURL answers WeChat's check of the URL with the echostr, alone.
func (p *Push) verifyURL(c *gin.Context, to *Account) {
	echo, err := to.Receiver.VerifyURL(wechat.QueryFrom(c.Request.URL.RawQuery))
	if err != nil {
		p.refuse(c, to, err)
		return
	}
	p.sampled.Info("url verified", zap.String("account", to.Name)) // anybody who saw a push has a signature for it
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(echo))
}

// serve is a push in a straight line: bytes, envelope, message, decision, bytes.
func (p *Push) serve(c *gin.Context, to *Account) {
	begun := FirstByte(c.Request.Context())
	body, release, err := p.read(c, begun.Add(p.Deadline))
	if err != nil {
		release()
		p.refuse(c, to, err)
		return
	}
	push, err := p.open(to, wechat.QueryFrom(c.Request.URL.RawQuery), body)
	release() // the memory of an authenticated push is bounded by that of all in flight
	if err != nil {
		p.refuse(c, to, err)
		return
	}
	p.Metrics.skew.Set(push.Skew.Seconds())
	// A client that hangs up does not undo a decision.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(c.Request.Context()), begun.Add(p.Deadline))
	defer cancel()
	Working(ctx)
	a, err := p.answer(ctx, to, push, begun, len(body))
	if err != nil {
		p.refuse(c, to, err)
		return
	}
	took := time.Since(begun)
	p.Metrics.answered(a, took) // before anybody who has the answer reads the metrics
	send(c, a)
	p.logAnswer(a, took)
}

// send gives the answer to the network, before its line is logged.
func send(c *gin.Context, a *answer) {
	if overLimit(c.Request.Context()) {
		c.Header("Connection", "close") // rather than close it later, just as the sender uses it again
	}
	c.Data(http.StatusOK, a.contentType, a.body) // with its length: chunks would need an end
	c.Writer.Flush()
}

// logAnswer writes the push's one line.
func (p *Push) logAnswer(a *answer, took time.Duration) {
	a.log(zap.String("account", a.account.Name), zap.String("event", a.event), zap.String("format", a.format), zap.String("mode", a.mode),
		zap.String("result", a.result), zap.Duration("took", took))
	log := p.Log
	if a.failure != "" {
		log = p.failureLogs[a.failure]
	}
	log.Log(a.level, "push", a.fields...)
}
