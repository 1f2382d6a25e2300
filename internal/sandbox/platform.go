// Package sandbox plays WeChat towards a carrier's server: it signs, seals and
// sends pushes as WeChat does, and reads the answers as strictly as WeChat
// might. Towards a merchant's client it serves the API that causes the pushes: the
// calls are in express and instant.
//
// It is a tool for trying and testing, not for production. It knows the
// protocol and nothing of the server that it talks to, which need not be ours.
package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"carrierhook/internal/wechat"
)

// Patience is how long WeChat waits for an answer.
const Patience = 5 * time.Second

// maxReply is more than any answer needs.
const maxReply = 1 << 20

// Platform sends pushes to one carrier's server. The fields without a note must
// be set.
type Platform struct {
	URL    string
	Sender *wechat.Sender
	Format wechat.Format

	Account  wechat.SenderOptions // what Sender was made of; only some faults need it
	Patience time.Duration        // for an answer; 0: WeChat's
	Tries    int                  // the limit of Push's sendings; 0: WeChat's
	Client   *http.Client         // nil: one of its own
	Now      func() time.Time     // nil: time.Now
	Rand     io.Reader            // nil: crypto/rand.Reader
}

// Answer is what came back for a push.
type Answer struct {
	Status int                // of HTTP
	Body   []byte             // as it came
	Opened []byte             // the packet inside; Body itself if nothing was sealed
	Reply  wechat.CancelReply // the packet, if it is a right answer to Cancel
	Took   time.Duration
}

// Cancel pushes a cancel_waybill once and judges the answer. The error says what
// is wrong with it; the answer holds what was understood all the same.
func (p *Platform) Cancel(ctx context.Context, m wechat.CancelWaybill) (a Answer, err error) {
	once := *p
	once.Tries = 1
	reply, d, err := once.PushCancel(ctx, m, "")
	if len(d.Answers) > 0 {
		a = d.Answers[0]
	}
	a.Reply = reply
	return a, err
}

// exchange sends once and waits as long as the platform's patience lasts.
func (p *Platform) exchange(ctx context.Context, method string, s sealed) (Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.patience(),
		fmt.Errorf("no whole answer within %v: %w", p.patience(), context.DeadlineExceeded))
	defer cancel()
	req, err := p.request(ctx, method, s)
	if err != nil {
		return Answer{}, err
	}
	begun := time.Now()
	res, err := p.client().Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("send the push: %w", plainly(ctx, err))
	}
	defer res.Body.Close()
	a := Answer{Status: res.StatusCode}
	a.Body, err = io.ReadAll(io.LimitReader(res.Body, maxReply))
	a.Took = time.Since(begun)
	if err != nil {
		return a, fmt.Errorf("read the answer: %w", plainly(ctx, err))
	}
	return a, nil
}

func (p *Platform) request(ctx context.Context, method string, s sealed) (*http.Request, error) {
	to, err := url.Parse(p.URL)
	if err != nil {
		return nil, fmt.Errorf("the server's URL: %w", err)
	}
	to.RawQuery = s.query.Values().Encode()
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(s.body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	if s.body != nil {
		req.Header.Set("Content-Type", s.contentType)
	}
	return req, nil
}

// plainly is an error of our own where patience has run out, and otherwise keeps
// the query with its signatures out of the error's text.
func plainly(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// client does not follow redirects: a push is for the URL in the console, and
// its signed query for no other server.
func (p *Platform) client() *http.Client {
	if p.Client != nil {
		return p.Client
	}
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Digits makes a random decimal number of n digits, as WeChat's nonces are.
func (p *Platform) Digits(n int64) (string, error) {
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(n-1), nil)
	d, err := rand.Int(p.rand(), new(big.Int).Mul(low, big.NewInt(9)))
	if err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	return d.Add(d, low).String(), nil
}

func (p *Platform) patience() time.Duration { return cmp.Or(max(p.Patience, 0), Patience) }

func (p *Platform) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

func (p *Platform) rand() io.Reader {
	if p.Rand != nil {
		return p.Rand
	}
	return rand.Reader
}
