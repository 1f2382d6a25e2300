// Package handler is HTTP: WeChat's push endpoint and the health checks on the
// public side, metrics on the internal one.
//
// It turns bytes into the requests of the rules and their decisions into bytes. One
// table says how each event is decoded, decided and answered; it has WeChat's result
// codes and their texts, and ours of instant delivery where WeChat has none. The
// package knows no SQL and no rule: the stores behind its interfaces decide.
package handler

import (
	stdlog "log"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/origin"
	"carrierhook/internal/redacted"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// Path is where WeChat's console is pointed to. Where there are several mini programs, the
// account's name comes behind it, and a slash between.
const Path = "/wechat/push"

// Public is what the outside may reach: the push endpoint and the health checks.
func Public(p *Push, h *Health) http.Handler {
	e := engine(p.Log)
	p.mount(e)
	h.mount(e)
	return e
}

// Internal is what only the operators and the carrier's own systems reach. Metrics
// are served where the host that was called is one of hosts, localhost or an IP
// address; health checks under any name. What else there is to reach is mounted, if
// mount is not nil: its paths are matched as they came, with their percent-encoding,
// so that an id in one may hold a slash.
func Internal(log *zap.Logger, metrics prometheus.Gatherer, hosts []string, h *Health, mount func(gin.IRouter)) http.Handler {
	e := engine(log)
	e.Use(func(c *gin.Context) {
		if overLimit(c.Request.Context()) {
			c.Header("Connection", "close") // rather than close it later, just as the caller uses it again
		}
	})
	e.UseEscapedPath = true
	e.UnescapePathValues = false // Gin would take a plus sign for a space
	scraped := e.Group("", knownHost(origin.Hosts{Names: hosts, Addresses: true}, bounded.Log(log)))
	getOrHead(scraped, "/metrics", gin.WrapH(promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})))
	h.mount(e)
	if mount != nil {
		mount(e)
	}
	return e
}

// knownHost refuses what was sent to a name that is none of ours: a web page may have
// its own name lead here, to read the answer. It says more than a bare status, for it
// may be an operator's own Prometheus.
func knownHost(hosts origin.Hosts, log *zap.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		if hosts.Know(c.Request.Host) {
			return
		}
		log.Warn("metrics refused", zap.String("host", origin.Clip(c.Request.Host)), zap.String("peer", c.RemoteIP()))
		c.String(http.StatusForbidden, "%v: name it in internal_hosts, or use the IP address\n", origin.ErrHost)
		c.Abort()
	}
}

// getOrHead answers both methods alike; net/http leaves the body of the second out.
func getOrHead(r gin.IRoutes, path string, h gin.HandlerFunc) {
	r.GET(path, h)
	r.HEAD(path, h)
}

// engine is Gin without its logger, its trust in proxies and its bodies: every
// refusal is a bare status.
func engine(log *zap.Logger) *gin.Engine {
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.HandleMethodNotAllowed = true
	if err := e.SetTrustedProxies(nil); err != nil {
		log.Error("trusted proxies cannot be switched off", zap.Error(err))
	}
	panicked := bounded.Log(log)
	e.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, fault any) {
		panicked.Error("panic", zap.String("fault", redacted.Panic(fault)), zap.Stack("stack"))
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	bare := func(c *gin.Context, reason string, status int) {
		refuseRequest(c.Request.Context(), reason, status)
		c.Status(status)
		c.Writer.WriteHeaderNow() // or Gin writes a text of its own
	}
	e.NoMethod(func(c *gin.Context) { bare(c, wrongMethod, http.StatusMethodNotAllowed) })
	e.NoRoute(func(c *gin.Context) { bare(c, reasonOfPath(c.Request), http.StatusNotFound) })
	return e
}

// NewServer is an http.Server with limits on everything that a slow or hostile
// client could keep open. Serve it with Listen's listener, so that a request's
// time counts from its first byte.
func NewServer(h http.Handler, log *zap.Logger) *http.Server {
	return &http.Server{
		Handler:           handled(h),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       silence,
		MaxHeaderBytes:    4 << 10, // and 4 KiB more, which net/http adds
		ErrorLog:          stdlog.New(errorLog{bounded.Log(log)}, "", 0),
		ConnContext:       connContext,
		ConnState:         connState,
	}
}

// errorLog takes what net/http logs, which are faults. All have one message, for the
// log is sampled by message.
type errorLog struct{ log *zap.Logger }

func (e errorLog) Write(line []byte) (int, error) {
	e.log.Error("http server", zap.String("error", strings.TrimSpace(string(line))))
	return len(line), nil
}
