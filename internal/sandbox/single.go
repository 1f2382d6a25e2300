package sandbox

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"carrierhook/internal/wechat"
)

// Raw sends a push that is sealed already, once, and judges nothing.
func (p *Platform) Raw(ctx context.Context, q wechat.Query, body []byte) (Answer, error) {
	return p.exchange(ctx, http.MethodPost, sealed{query: q, body: body, contentType: contentType(p.Format)})
}

// Challenge makes the request that checks the URL, with a fault of the signature
// or of the time if there is one, and returns the echostr that was sent and what
// came back. A carrier that reads the echostr as a floating-point number never gets it
// right: one that ends in 0 may come back whole by luck.
func (p *Platform) Challenge(ctx context.Context, fault Fault) (echo string, a Answer, err error) {
	if echo, err = p.Digits(17); err != nil {
		return "", a, err
	}
	echo += "1"
	nonce, err := p.Digits(10)
	if err != nil {
		return "", a, err
	}
	q := p.Sender.Challenge(p.at(fault), nonce, echo)
	if fault == WrongSignature {
		q.Signature = wrongSignature(q)
	}
	a, err = p.exchange(ctx, http.MethodGet, sealed{query: q})
	return echo, a, err
}

// hangUp writes a push and ends the connection without waiting for an answer. It
// speaks HTTP by itself: a client that is cancelled may not have sent yet.
//
// It returns when the carrier has decided the push, so that the repeat does not overtake
// it. Only our half of the connection is ended, and a carrier that answers on the other
// half has decided. Where no answer comes, the carrier may be at work behind a connection
// that it or a proxy has ended: then the repeat comes when patience has run out, as
// WeChat's does.
func (p *Platform) hangUp(ctx context.Context, s sealed) error {
	req, err := p.request(ctx, http.MethodPost, s)
	if err != nil {
		return err
	}
	req.Close = true // as a client of one push says, and the carrier's end of it is the connection's
	patient, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	conn, err := p.dial(patient, req.URL)
	if err != nil {
		return fmt.Errorf("send the push: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(patient, func() { conn.Close() })()
	if err = req.Write(conn); err == nil {
		err = endHalf(conn)
	}
	if err != nil {
		return fmt.Errorf("send the push: %w", err)
	}
	if !answered(conn, req) {
		<-patient.Done()
	}
	return nil
}

// answered reads an answer that nobody wants, and tells whether a whole one came.
func answered(conn net.Conn, req *http.Request) bool {
	from := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(from, req)
		if err != nil {
			return false
		}
		_, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxReply))
		res.Body.Close()
		if err != nil || res.StatusCode >= http.StatusOK { // below, more is to come
			return err == nil
		}
	}
}

// endHalf says that nothing more is sent. What a server sees of it is what it sees
// of a connection that is closed whole.
func endHalf(conn net.Conn) error {
	if c, ok := conn.(*tls.Conn); ok {
		if err := c.CloseWrite(); err != nil {
			return err
		}
		conn = c.NetConn()
	}
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return conn.Close() // it has no halves
}

// dial connects as the client does.
func (p *Platform) dial(ctx context.Context, to *url.URL) (net.Conn, error) {
	t, ok := p.client().Transport.(*http.Transport)
	if !ok {
		t = new(http.Transport)
	}
	dial, port := t.DialContext, to.Port()
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if port == "" {
		port = map[bool]string{true: "443", false: "80"}[to.Scheme == "https"]
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	if err != nil || to.Scheme != "https" {
		return conn, err
	}
	config := &tls.Config{ServerName: to.Hostname()}
	if t.TLSClientConfig != nil {
		config.RootCAs = t.TLSClientConfig.RootCAs
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}
