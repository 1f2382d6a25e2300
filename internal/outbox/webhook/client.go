// Package webhook sends events to the carrier's systems by the rules of Standard Webhooks:
// signed, each in a request of its own.
//
// It knows neither when an event is sent nor what becomes of one that is not taken.
package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"carrierhook/internal/egress"
	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/redacted"
	"carrierhook/internal/store/events"
)

const (
	requestTimeout = 15 * time.Second

	// Of an answer's body so much is read, and for so long.
	maxAnswer  = 16 << 10
	answerTime = time.Second

	userAgent = "carrierhook"
)

// Options say where webhooks are sent.
type Options struct {
	Name string // of the endpoint
	URL  redacted.String
	Keys []redacted.String // secrets, decoded: the newest, then one that is on its way out
	CA   string            // in PEM; empty: the authorities of the system
}

// Client sends requests to one endpoint. It follows no redirect and uses no proxy.
type Client struct {
	keys  []redacted.String
	url   *url.URL
	conns *http.Transport
}

// New makes a Client. It fails for options that nothing can be sent by.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL.Value())
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("endpoint %s: the URL is none of https", o.Name)
	}
	conns, err := egress.Conns(u.Scheme == "https", o.CA, outbox.MaxConcurrent)
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", o.Name, err)
	}
	return &Client{keys: o.Keys, url: u, conns: conns}, nil
}

// Select leaves all: each event is a request.
func (c *Client) Select(_ context.Context, page []events.Delivery) ([]events.Delivery, error) {
	return page, nil
}

// Admit always does: an endpoint that wants fewer says so in its answers.
func (c *Client) Admit(time.Time) (ok bool, again time.Time) { return true, time.Time{} }

// Leave does nothing: nothing is known of the receiver.
func (c *Client) Leave() {}

// Close closes the connections that are idle.
func (c *Client) Close() { c.conns.CloseIdleConnections() }

// request makes the request of an event. cursor is empty for one that is not of the log.
func (c *Client) request(ctx context.Context, d *events.Delivery, cursor string, now time.Time) *http.Request {
	id, timestamp := d.ID.String(), now.Unix()
	header := http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {userAgent},
		"webhook-id":        {id},
		"webhook-timestamp": {strconv.FormatInt(timestamp, 10)},
		"webhook-signature": {sign(c.keys, id, timestamp, d.Body)},
		"Idempotency-Key":   nil, // not sent: it lets a connection that was idle too long be replaced
	}
	if cursor != "" {
		header["carrierhook-cursor"] = []string{cursor}
	}
	if d.Missed != (event.ID{}) {
		header["carrierhook-missed"] = []string{d.Missed.String()}
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(d.Body)), nil }
	r := &http.Request{
		Method: http.MethodPost, URL: c.url, Host: c.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, GetBody: body, ContentLength: int64(len(d.Body)),
	}
	r.Body, _ = body()
	if user := c.url.User; user != nil {
		password, _ := user.Password()
		r.SetBasicAuth(user.Username(), password)
	}
	return r.WithContext(ctx)
}

// Send sends an event, and says what became of it.
func (c *Client) Send(ctx context.Context, d *events.Delivery, cursor string) outbox.Result {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer, err := c.conns.RoundTrip(c.request(ctx, d, cursor, time.Now()))
	if err != nil {
		return failed(err)
	}
	// A status that has come counts, whatever becomes of the body.
	r := answered(answer.StatusCode, answer.Header.Get("Retry-After"), time.Now())
	if answer.StatusCode != http.StatusSwitchingProtocols { // behind it is a bare connection
		drain(ctx, answer.Body)
	}
	_ = answer.Body.Close()
	return r
}

// drain reads a short body to its end, which leaves a connection that can be used again.
// It ends soon also where more never comes.
func drain(ctx context.Context, body io.ReadCloser) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = body.Close() })()
	_, _ = io.CopyN(io.Discard, body, maxAnswer)
}
