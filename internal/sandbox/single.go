package sandbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"

	"carrierhook/internal/wechat"
)

// Raw sends a push that somebody else has made, once, and judges nothing.
func (p *Platform) Raw(ctx context.Context, q wechat.Query, body []byte) (Answer, error) {
	return p.send(ctx, http.MethodPost, q, body)
}

// Challenge makes the request that checks the URL, with a fault of the signature
// or of the time if there is one, and returns the echostr that was sent and what
// came back.
func (p *Platform) Challenge(ctx context.Context, fault Fault) (echo string, a Answer, err error) {
	if echo, err = p.digits(18); err != nil {
		return "", a, err
	}
	nonce, err := p.digits(10)
	if err != nil {
		return "", a, err
	}
	q := p.Sender.Challenge(p.at(fault), nonce, echo)
	if fault == WrongSignature {
		q.Signature = wrongSignature(q)
	}
	a, err = p.send(ctx, http.MethodGet, q, nil)
	return echo, a, err
}

// hangUp writes a push and closes the connection without waiting for anything.
// It speaks HTTP by itself: a client that is cancelled may not have sent yet.
func (p *Platform) hangUp(ctx context.Context, s sealed) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	req, err := p.request(ctx, http.MethodPost, s)
	if err != nil {
		return err
	}
	conn, err := dial(ctx, req)
	if err != nil {
		return fmt.Errorf("send the push: %w", err)
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return fmt.Errorf("send the push: %w", err)
		}
	}
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("send the push: %w", err)
	}
	return nil
}

func dial(ctx context.Context, req *http.Request) (net.Conn, error) {
	port := req.URL.Port()
	if req.URL.Scheme != "https" {
		if port == "" {
			port = "80"
		}
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	}
	if port == "" {
		port = "443"
	}
	return new(tls.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
}
