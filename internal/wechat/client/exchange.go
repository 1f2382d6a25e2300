package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	requestTimeout = 5 * time.Second

	// The longest answers, in bytes: a rendered label has pictures in it.
	maxAnswer  = 256 << 10
	maxPreview = 8 << 20
)

// request is one of WeChat's calls.
type request struct {
	path      string
	body      []byte
	maxAnswer int64 // 0: maxAnswer
	once      bool  // made twice it would do more than once
}

// body writes a request's document: plain UTF-8, for WeChat takes \u0026 and its like for
// six characters in some members.
func body(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("%T cannot be JSON", v)) // no part of it has a way to fail
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// exchange makes a request and returns the answer's body, which is whole. It follows no
// redirect.
func (c *Client) exchange(ctx context.Context, r request, query string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "", bytes.NewReader(r.body))
	if err != nil {
		return nil, unanswered(r.path, err)
	}
	to := *c.base
	to.Path, to.RawQuery = to.Path+r.path, query
	req.URL, req.Host = &to, to.Host
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "carrierhook")
	if !r.once {
		req.Header["Idempotency-Key"] = nil // not sent: it lets a connection that was idle too long be replaced
	}
	// Not by an http.Client: the errors of one have the URL, and with it the token.
	answer, err := c.conns.RoundTrip(req)
	if err != nil {
		return nil, unanswered(r.path, err)
	}
	defer answer.Body.Close()
	limit := r.maxAnswer
	if limit == 0 {
		limit = maxAnswer
	}
	if answer.StatusCode != http.StatusOK {
		return nil, &Error{Path: r.path, Status: answer.StatusCode}
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, unanswered(r.path, err)
	case int64(len(text)) > limit:
		return nil, unreadable(r.path, fmt.Sprintf("longer than %d bytes", limit))
	}
	return text, nil
}
