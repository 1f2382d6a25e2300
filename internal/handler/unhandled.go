package handler

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// A request may end before a handler has it: at a path or with a method that there is
// not, or because net/http cannot read it and answers by itself. Whoever sets WeChat's
// console or a proxy up needs to know why, so each has a reason.
const (
	misdirected     = "misdirected"
	wrongPath       = "path"
	wrongMethod     = "method"
	proxyProtocol   = "proxy_protocol"
	speaksTLS       = "tls"
	speaksHTTP2     = "http2"
	headersTooLarge = "headers_too_large"
	malformed       = "malformed"
	incomplete      = "incomplete"
)

// unhandled has what the log says of each reason. It describes the kind of request and
// has nothing of the request's.
var unhandled = map[string]string{
	misdirected: "it is a push or a check of the URL by its path or its query, and did not come to exactly a path of pushes on listen (" + Path +
		", or with several mini programs " + Path + "/NAME): correct the URL in WeChat's console, or the proxy that rewrites the path",
	wrongPath:       "nothing is at this path",
	wrongMethod:     "the path does not take this method",
	proxyProtocol:   "it begins with a PROXY protocol header, which is not supported: switch it off at the load balancer",
	speaksTLS:       "it begins with a TLS handshake, and this listener speaks plain HTTP: let the proxy speak plain HTTP to it, or the caller call the proxy",
	speaksHTTP2:     "it is HTTP/2 without TLS: let the proxy speak HTTP/1.1 to this listener",
	headersTooLarge: "its request line and headers are larger than 8 KiB: look which headers the proxy adds",
	malformed:       "it cannot be read as HTTP/1",
	incomplete:      "its headers did not arrive whole before either side closed the connection, or 5 seconds had passed",
}

// UnhandledReasons lists the reasons, as the log and the metrics name them.
func UnhandledReasons() []string { return slices.Sorted(maps.Keys(unhandled)) }

// report logs and counts what happens at one listener before a handler has a request.
type report struct {
	listener string
	log      *zap.Logger // bounded: anybody can cause a line
	metrics  *ListenerMetrics
}

// refused notes a request that no handler got. The status is 0 where there was no
// answer; detail says more than the reason does, or is empty.
func (r *report) refused(reason string, status int, detail string, peer net.Addr) {
	r.metrics.unhandled.WithLabelValues(r.listener, reason).Inc()
	why := unhandled[reason]
	if detail != "" {
		why += ": " + detail
	}
	fields := []zap.Field{zap.String("listener", r.listener), zap.String("why", why), zap.String("peer", hostOf(peer))}
	if status != 0 {
		fields = append(fields, zap.Int("status", status))
	}
	r.log.Warn("refused: "+reason, fields...)
}

// hostOf is an address without its port, as the other lines have a peer.
func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}

// refuseRequest notes a request for which the router has no handler.
func refuseRequest(ctx context.Context, reason string, status int) {
	if c := connOf(ctx); c != nil {
		c.conns.report.refused(reason, status, "", c.RemoteAddr())
	}
}

// reasonOfPath tells what a request at a path without a handler seems to be.
func reasonOfPath(r *http.Request) string {
	q := wechat.QueryFrom(r.URL.RawQuery)
	switch {
	case r.Method == "PRI": // which HTTP/2 begins with
		return speaksHTTP2
	case strings.HasPrefix(strings.ToLower(path.Clean(r.URL.Path))+"/", Path+"/"), q.Signature != "" && q.Timestamp != "" && q.Nonce != "":
		return misdirected
	}
	return wrongPath
}

// answeredByServer notes what net/http itself answers, by the bytes of the answer.
func (c *stampedConn) answeredByServer(answer []byte) {
	line, _, _ := bytes.Cut(answer, []byte("\r\n"))
	_, said, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(said, []byte(" "))
	status, _ := strconv.Atoi(string(code))
	reason, detail := c.beginsLike(), ""
	switch {
	case reason != "":
	case c.ended:
		reason = incomplete
	case status == http.StatusRequestHeaderFieldsTooLarge:
		reason = headersTooLarge
	default:
		reason, detail = malformed, string(said) // net/http says what it misses, and repeats nothing
	}
	c.refused(reason, status, detail)
}

// endedUnanswered notes a request that was under way when its connection ended.
func (c *stampedConn) endedUnanswered() {
	reason := c.beginsLike()
	if reason == "" {
		reason = incomplete
	}
	c.refused(reason, 0, "")
}

func (c *stampedConn) refused(reason string, status int, detail string) {
	if !c.noted {
		c.noted = true
		c.conns.report.refused(reason, status, detail, c.RemoteAddr())
	}
}

// beginsLike is the reason that a connection's first bytes give, or empty.
func (c *stampedConn) beginsLike() string {
	head := string(c.head[:c.seen])
	switch {
	case strings.HasPrefix(head, "PROXY "), strings.HasPrefix(head, "\r\n\r\n\x00\r\nQUIT\n"): // version 1, 2
		return proxyProtocol
	case strings.HasPrefix(head, "\x16\x03"): // a handshake of TLS, or of SSL 3
		return speaksTLS
	}
	return ""
}
