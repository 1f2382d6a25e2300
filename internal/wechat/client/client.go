// Package client calls WeChat as a carrier does: it reports parcels' nodes, orders'
// statuses and reviews' results, reads contacts, previews labels, and reads and clears
// quotas. It gets the access tokens that this takes, renews them ahead of their end, and
// replaces one that WeChat refuses, once.
//
// It knows one mini program, and no parcel, database or schedule: who calls decides what
// becomes of a failure, by its class. Nothing that it returns as an error has anything of
// a request, of a token, or of an answer's texts.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carrierhook/internal/egress"
	"carrierhook/internal/redacted"
)

// URL is where WeChat is called.
const URL = "https://api.weixin.qq.com"

// maxConns is how many requests of one mini program are under way at most.
const maxConns = 64

// Options say which mini program calls, and where. AppID and Secret must be set.
type Options struct {
	redacted.Struct
	URL    string // empty: URL
	CA     string // certificates of its authority in PEM; empty: the machine's own
	AppID  string
	Secret redacted.String // the AppSecret
	Tokens TokenStore      // where all servers keep the token; nil: this client has its own
	Now    func() time.Time
}

// Client makes the calls of one mini program. It is safe for use by many goroutines, and
// has to be closed.
type Client struct {
	redacted.Struct
	appID  string
	base   *url.URL
	conns  *http.Transport
	tokens *tokens
}

// New prepares a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.URL == "" {
		o.URL = URL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	base, err := url.Parse(strings.TrimSuffix(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("WeChat's URL is none of https")
	}
	if o.AppID == "" || o.Secret == "" {
		return nil, errors.New("an app id and its AppSecret must be set to call WeChat")
	}
	conns, err := egress.Conns(base.Scheme == "https", o.CA, maxConns)
	if err != nil {
		return nil, fmt.Errorf("WeChat's URL: %w", err)
	}
	seals, err := newSeals(o.AppID, o.Secret)
	if err != nil {
		return nil, err
	}
	c := &Client{appID: o.AppID, base: base, conns: conns}
	c.tokens = &tokens{appID: o.AppID, seals: seals, store: o.Tokens, now: o.Now, fetch: c.fetcher(o.Secret)}
	c.tokens.closed, c.tokens.close = context.WithCancel(context.Background())
	return c, nil
}

// Close gives up what is under way to get a token, and closes the connections: it waits for
// neither WeChat nor the database. Nothing may be called any more.
func (c *Client) Close() {
	c.tokens.close()
	c.tokens.running.Wait()
	c.conns.CloseIdleConnections()
}

// ForceRefresh makes WeChat replace the access token: the one before is refused from
// now on. WeChat allows it 20 times a day, with 30 seconds between two.
func (c *Client) ForceRefresh(ctx context.Context) error { return c.tokens.force(ctx) }

// call makes a call with the access token. Where WeChat refuses the token, it is replaced
// and the call made once more.
func (c *Client) call(ctx context.Context, r request, read func(answer []byte) error) error {
	token, err := c.tokens.access(ctx)
	if err != nil {
		return err
	}
	err = c.callWith(ctx, token, r, read)
	if ClassOf(err) != Token {
		return err
	}
	token, err = c.tokens.replace(ctx, token)
	if err != nil {
		return err
	}
	return c.callWith(ctx, token, r, read)
}

func (c *Client) callWith(ctx context.Context, token redacted.String, r request, read func(answer []byte) error) error {
	answer, err := c.exchange(ctx, r, url.Values{"access_token": {token.Value()}}.Encode())
	if err != nil {
		return err
	}
	return read(answer)
}
