package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"carrierhook/internal/redacted"

	"golang.org/x/sync/singleflight"
)

const pathStableToken = "/cgi-bin/stable_token"

const (
	// renewAhead is how long before its end a token is renewed. WeChat gives a new one
	// five minutes before, and until then the same.
	renewAhead = 10 * time.Minute

	// replaceTime is for replacing a token by the database: the wait for another server's
	// request, one of our own, and what Postgres takes.
	replaceTime = 5 * requestTimeout

	maxToken = 4096           // bytes
	maxLife  = 24 * time.Hour // that is believed
)

// accessToken is a token with its times by this machine's clock. Both are reckoned from
// before anybody was asked, so that they are rather too early.
type accessToken struct {
	redacted.Struct
	text redacted.String
	end  time.Time
	due  time.Time // when it is to be renewed
}

// newAccessToken has a token that at a time was so old and had so much left.
func newAccessToken(text redacted.String, at time.Time, left, age time.Duration) accessToken {
	end := at.Add(left)
	return accessToken{text: text, end: end, due: end.Add(-min(renewAhead, (left+age)/2))}
}

// tokens are the access token of one mini program, the same for all servers.
type tokens struct {
	redacted.Struct
	appID string
	seals *seals
	store TokenStore // nil: none
	now   func() time.Time
	fetch func(ctx context.Context, force bool) (redacted.String, time.Duration, error)

	closed context.Context // ends with the client
	close  context.CancelFunc

	mu      sync.Mutex
	current accessToken
	flight  singleflight.Group
	running sync.WaitGroup
}

// detached is a context for what others may need as well: it outlives its caller, and ends
// when that takes too long or the client is closed.
func (t *tokens) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), replaceTime)
	stop := context.AfterFunc(t.closed, cancel)
	return ctx, func() { stop(); cancel() }
}

// caught is the error that a panic becomes: in a goroutine of ours it would end the program.
func caught(err *error) {
	if fault := recover(); fault != nil {
		*err = fmt.Errorf("get an access token: panic: %s", redacted.Panic(fault))
	}
}

// access returns the token that holds. Shortly before its end somebody renews it, and
// nobody waits for that.
func (t *tokens) access(ctx context.Context) (redacted.String, error) {
	now := t.now()
	t.mu.Lock()
	token := t.current
	usable := now.Before(token.end)
	due := usable && !now.Before(token.due)
	if due { // if it fails now, again when half of the rest is over
		t.current.due = now.Add(max(token.end.Sub(now)/2, time.Second))
	}
	t.mu.Unlock()
	if due {
		t.running.Go(func() { _ = t.renewDue(ctx, token.text) }) // the old one holds, and WeChat will refuse a call if it does not
	}
	if usable {
		return token.text, nil
	}
	return t.replace(ctx, "")
}

// renewDue replaces a token that still holds, unless another server does.
func (t *tokens) renewDue(ctx context.Context, old redacted.String) (err error) {
	defer caught(&err)
	ctx, cancel := t.detached(ctx)
	defer cancel()
	token, err := t.renew(ctx, false, func(stored accessToken) bool { return t.now().Before(stored.due) })
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.text == old {
		t.current = token
	}
	return nil
}

// replace returns another token than the one that was refused; empty: there was none. All
// that need one share what one of them does.
func (t *tokens) replace(ctx context.Context, refused redacted.String) (redacted.String, error) {
	type result struct {
		token redacted.String
		err   error
	}
	done := make(chan result, 1)
	t.running.Go(func() {
		v, err, _ := t.flight.Do(refused.Value(), func() (any, error) { return t.replaceNow(ctx, refused) })
		token, _ := v.(redacted.String)
		done <- result{token, err}
	})
	select {
	case r := <-done:
		return r.token, r.err
	case <-ctx.Done():
		return "", unanswered(pathStableToken, ctx.Err())
	}
}

func (t *tokens) replaceNow(ctx context.Context, refused redacted.String) (_ redacted.String, err error) {
	defer caught(&err)
	ctx, cancel := t.detached(ctx)
	defer cancel()
	other := func(token accessToken) bool {
		return token.text != "" && token.text != refused && t.now().Before(token.end)
	}
	t.mu.Lock()
	token := t.current
	t.mu.Unlock()
	if !other(token) {
		token, err = t.find(ctx, other)
	}
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	t.current = token
	t.mu.Unlock()
	return token.text, nil
}

// find returns the stored token if it is good, and else gets one. Without a database each
// server gets its own, which WeChat sees to it is the same.
func (t *tokens) find(ctx context.Context, good func(accessToken) bool) (accessToken, error) {
	if t.store != nil {
		begun := t.now()
		if stored, err := t.store.Read(ctx, t.appID); err == nil {
			if token := t.open(stored, begun); good(token) {
				return token, nil
			}
		}
	}
	return t.renew(ctx, true, good)
}

// renew gets a token and stores it, if the one that is stored is not good once nobody else
// can replace it. Where the database fails it goes without, if that may be waited for.
func (t *tokens) renew(ctx context.Context, wait bool, good func(accessToken) bool) (accessToken, error) {
	if t.store == nil {
		token, _, err := t.get(ctx, false)
		return token, err
	}
	var got accessToken
	var failed error
	begun := t.now()
	stored, err := t.store.Renew(ctx, t.appID, wait, func(ctx context.Context, now Sealed) (Sealed, error) {
		if good(t.open(now, begun)) {
			return now, nil
		}
		var left time.Duration
		if got, left, failed = t.get(ctx, false); failed != nil {
			return Sealed{}, failed
		}
		return Sealed{Bytes: t.seals.seal(got.text), Left: left}, nil
	})
	switch {
	case failed != nil:
		return accessToken{}, failed
	case got.text != "": // it is good, also if it could not be stored
		return got, nil
	case err == nil:
		return t.open(stored, begun), nil
	case wait:
		ctx, cancel := t.detached(ctx) // the database may have used up the time
		defer cancel()
		token, _, err := t.get(ctx, false)
		return token, err
	}
	return accessToken{}, err
}

// open reads what was stored at a time; zero where this AppSecret does not open it.
func (t *tokens) open(stored Sealed, at time.Time) accessToken {
	text := t.seals.open(stored.Bytes)
	if text == "" {
		return accessToken{}
	}
	return newAccessToken(text, at, stored.Left, stored.Age)
}

// get gets a token of WeChat.
func (t *tokens) get(ctx context.Context, force bool) (accessToken, time.Duration, error) {
	begun := t.now()
	text, left, err := t.fetch(ctx, force)
	if err != nil {
		return accessToken{}, 0, err
	}
	return newAccessToken(text, begun, left, 0), left, nil
}

var errNotReplaced = errors.New(pathStableToken + ": WeChat has not replaced the access token: 30 seconds have to be between two times")

// force makes WeChat replace the token, and stores the new one. Too soon after the last
// time WeChat gives the same token and calls it a success.
func (t *tokens) force(ctx context.Context) error {
	var token accessToken
	replaceIt := func(ctx context.Context, _ Sealed) (Sealed, error) {
		before, _, err := t.get(ctx, false)
		if err != nil {
			return Sealed{}, err
		}
		now, left, err := t.get(ctx, true)
		if err == nil && now.text == before.text {
			err = errNotReplaced
		}
		if err != nil {
			return Sealed{}, err
		}
		token = now
		return Sealed{Bytes: t.seals.seal(token.text), Left: left}, nil
	}
	var err error
	if t.store == nil {
		_, err = replaceIt(ctx, Sealed{})
	} else if _, err = t.store.Renew(ctx, t.appID, true, replaceIt); err != nil && token.text != "" {
		err = fmt.Errorf("the access token was replaced, and could not be stored; servers will notice when WeChat refuses the old one: %w", err)
	}
	if token.text != "" {
		t.mu.Lock()
		t.current = token
		t.mu.Unlock()
	}
	return err
}

// fetcher asks WeChat for the token of an app.
func (c *Client) fetcher(secret redacted.String) func(context.Context, bool) (redacted.String, time.Duration, error) {
	return func(ctx context.Context, force bool) (redacted.String, time.Duration, error) {
		answer, err := c.exchange(ctx, request{path: pathStableToken, once: force, body: body(struct {
			GrantType string `json:"grant_type"`
			AppID     string `json:"appid"`
			Secret    string `json:"secret"`
			Force     bool   `json:"force_refresh"`
		}{"client_credential", c.appID, secret.Value(), force})}, "")
		if err != nil {
			return "", 0, err
		}
		return readToken(answer)
	}
}

// readToken reads an answer whose sample has no errcode.
func readToken(answer []byte) (redacted.String, time.Duration, error) {
	var a struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   number `json:"expires_in"`
	}
	if err := read(pathStableToken, answer, withoutCode, &a); err != nil {
		return "", 0, err
	}
	if a.AccessToken == "" || len(a.AccessToken) > maxToken || a.ExpiresIn.value <= 0 {
		return "", 0, unreadable(pathStableToken, "it has no access_token, or no expires_in")
	}
	life := min(a.ExpiresIn.value, int64(maxLife/time.Second))
	return redacted.String(a.AccessToken), time.Duration(life) * time.Second, nil
}
