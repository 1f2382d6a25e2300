package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/redacted"
)

// clock is a machine's, which a test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) move(by time.Duration) { c.ahead.Add(int64(by)) }

// callsAtOnce makes n calls at the same time, all of which have to succeed.
func callsAtOnce(t *testing.T, n int, clients ...*Client) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := clients[i%len(clients)].someCall(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A process gets one token for all its calls.
func TestOneToken(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	callsAtOnce(t, 100, c)
	p.wantIssued(1)
	if _, calls := p.count(); calls != 100 {
		t.Errorf("%d calls", calls)
	}
}

// A token that WeChat refuses is replaced once, however many notice.
func TestRevoked(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	for i := range 3 {
		p.revoke()
		callsAtOnce(t, 100, c)
		p.wantIssued(2 + i)
	}
}

// All codes of a refused token are, and no others.
func TestRefusedTokenCodes(t *testing.T) {
	t.Parallel()
	for code, again := range map[string]bool{
		"40001": true, "40014": true, "42001": true, `"42001"`: true, "40164": false, "-1": false, "41001": false, "40199": false, "45009": false,
	} {
		p := playWeChat(t)
		p.retoken = true
		refusals := 0
		p.answer = func(w http.ResponseWriter, _ receivedCall) {
			if refusals++; refusals > 1 {
				write(w, samples["updatePath"])
				return
			}
			write(w, `{"errcode":`+code+`}`)
		}
		err := p.client(nil).someCall(t.Context())
		issued, calls := p.count()
		if want := map[bool]int{true: 2, false: 1}[again]; issued != want || calls != want || (err == nil) != again {
			t.Errorf("%s: %d tokens, %d calls, %v", code, issued, calls, err)
		}
	}
}

// A call whose new token is refused too has failed.
func TestRefusedTwice(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	p.answer = func(w http.ResponseWriter, _ receivedCall) {
		write(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
	}
	c := p.client(nil)
	wantClass(t, c.someCall(t.Context()), Token, "errcode 42001")
	issued, calls := p.count()
	if issued != 2 || calls != 2 {
		t.Errorf("%d tokens, %d calls", issued, calls)
	}
	p.refuse = func(w http.ResponseWriter) bool {
		write(w, `{"errcode":40125,"errmsg":"invalid appsecret SECRET"}`)
		return true
	}
	wantClass(t, c.someCall(t.Context()), Setup, "/cgi-bin/stable_token: errcode 40125: the AppSecret is wrong")
}

// A token is renewed ahead of its end, and nobody waits for it. While WeChat gives the
// same one, it is tried again when half of the rest is over.
func TestRenewedAhead(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	at := &clock{}
	c := p.client(func(o *Options) { o.Now = at.now })
	c.wantCall(t)
	at.move(109 * time.Minute)
	callsAtOnce(t, 10, c)
	p.wantIssued(1)

	p.life = 9 * 60 // of the same token
	release, came := make(chan struct{}), make(chan struct{})
	p.refuse = func(http.ResponseWriter) bool {
		close(came)
		<-release
		return false
	}
	at.move(2 * time.Minute)
	callsAtOnce(t, 10, c) // while WeChat does not answer
	<-came
	close(release)
	c.tokens.running.Wait()
	p.refuse = nil
	p.wantIssued(2)

	at.move(4 * time.Minute) // the half of nine minutes is not over
	callsAtOnce(t, 10, c)
	c.tokens.running.Wait()
	p.wantIssued(2)
	p.life, p.retoken = 7200, true
	at.move(time.Minute)
	old := p.token
	callsAtOnce(t, 1, c)
	c.tokens.running.Wait()
	p.wantIssued(3)
	if p.token == old {
		t.Fatal("WeChat gave the same token")
	}
	c.wantCall(t)
	p.wantIssued(3)
}

// A renewal that comes back with the old token does not undo a replacement since.
func TestRenewalIsLate(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	at := &clock{}
	c := p.client(func(o *Options) { o.Now = at.now })
	c.wantCall(t)
	old := p.token
	came, release := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	p.refuse = func(w http.ResponseWriter) bool {
		if !first.CompareAndSwap(false, true) {
			return false
		}
		close(came)
		<-release
		write(w, `{"access_token":"`+old+`","expires_in":7200}`)
		return true
	}
	at.move(115 * time.Minute)
	c.wantCall(t)
	<-came
	p.revoke()
	c.wantCall(t)
	close(release)
	c.tokens.running.Wait()
	_, before := p.count()
	c.wantCall(t)
	if _, after := p.count(); after != before+1 {
		t.Errorf("%d calls: the old token was used", after-before)
	}
}

// While no token is given out, the old one serves until its end.
func TestTokenServiceDown(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	at := &clock{}
	c := p.client(func(o *Options) { o.Now = at.now })
	c.wantCall(t)
	var tries atomic.Int64
	p.refuse = func(w http.ResponseWriter) bool {
		tries.Add(1)
		write(w, `{"errcode":-1,"errmsg":"system error"}`)
		return true
	}
	at.move(119 * time.Minute)
	for range 3 { // of which one tries, and the others wait until half of the rest is over
		c.wantCall(t)
		c.tokens.running.Wait()
	}
	if tries.Load() != 1 {
		t.Errorf("tried %d times", tries.Load())
	}
	at.move(time.Minute)
	wantClass(t, c.someCall(t.Context()), Transient, "/cgi-bin/stable_token: errcode -1")
	p.refuse = nil
	c.wantCall(t)
	p.wantIssued(2)
}

// A caller that leaves does not take the request for a token with it: others wait for it.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	came, release := make(chan struct{}), make(chan struct{})
	p.refuse = func(http.ResponseWriter) bool {
		close(came)
		<-release
		return false
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- c.someCall(ctx) }()
	<-came
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	done := make(chan error)
	go func() { done <- c.someCall(context.Background()) }()
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	p.wantIssued(1)
}

func TestForceRefresh(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	if err := c.ForceRefresh(t.Context()); err != nil {
		t.Error(err)
	}
	c.wantCall(t)
	if issued, calls := p.count(); issued != 3 || p.forced != 1 || calls != 2 {
		t.Errorf("%d tokens, %d forced, %d calls", issued, p.forced, calls)
	}
	p.tooSoon = true
	if err := c.ForceRefresh(t.Context()); err != errNotReplaced {
		t.Errorf("the same token: %v", err)
	}
	p.refuse = func(w http.ResponseWriter) bool {
		write(w, `{"errcode":45011}`)
		return true
	}
	wantClass(t, c.ForceRefresh(t.Context()), Minute)
	c.wantCall(t)
}

// What came back in place of a token, and a store that panics, end in an error.
func TestNoToken(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	for answer, class := range map[string]Class{
		`{"errcode":40164,"errmsg":"SECRET"}`: Setup, `{"errcode":40013}`: Setup, `<html>SECRET</html>`: Transient, `{"errcode":40001}`: Setup,
		`{"errcode":45009}`: Daily, `{"access_token":"SECRET"}`: Transient, `{"errcode":7}`: Setup,
	} {
		p.refuse = func(w http.ResponseWriter) bool {
			write(w, answer)
			return true
		}
		wantClass(t, c.someCall(t.Context()), class, pathStableToken)
	}
	c = p.client(func(o *Options) { o.Tokens = panics{} })
	if err := c.someCall(t.Context()); err == nil || !strings.Contains(err.Error(), "panic") || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

// A panic while a token is renewed ahead of its end is no end of the program, and the token
// serves on.
func TestRenewalPanics(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	at := &clock{}
	c := p.client(func(o *Options) {
		o.Tokens, o.Now = &stands{renewed: func(context.Context) { panic("SECRET") }}, at.now
	})
	c.wantCall(t)
	at.move(115 * time.Minute)
	c.wantCall(t)
	c.tokens.running.Wait()
	p.wantIssued(1)
}

// Close ends a request for a token that WeChat does not answer, and a renewal that waits for
// the database.
func TestCloseWaitsForNobody(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	came, release := make(chan struct{}), make(chan struct{})
	p.refuse = func(http.ResponseWriter) bool {
		close(came)
		<-release
		return false
	}
	c := p.client(nil)
	done := make(chan error)
	go func() { done <- c.someCall(context.Background()) }()
	<-came
	c.Close()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the call: %v", err)
	}
	close(release)
	p.refuse = nil

	at := &clock{}
	waits, ended := make(chan struct{}), make(chan error, 1)
	c = p.client(func(o *Options) {
		o.Now = at.now
		o.Tokens = &stands{renewed: func(ctx context.Context) {
			close(waits)
			<-ctx.Done()
			ended <- ctx.Err()
		}}
	})
	c.wantCall(t)
	at.move(115 * time.Minute)
	c.wantCall(t)
	<-waits
	c.Close()
	if err := <-ended; err != context.Canceled {
		t.Errorf("the renewal: %v", err)
	}
}

// stands is a store that gets a token at first, and does something else in place of another.
type stands struct {
	forgets
	renewed func(context.Context)
}

func (s *stands) Renew(ctx context.Context, app string, wait bool, f func(context.Context, Sealed) (Sealed, error)) (Sealed, error) {
	if wait {
		return s.forgets.Renew(ctx, app, wait, f)
	}
	s.renewed(ctx)
	return Sealed{}, ErrLocked
}

type panics struct{ TokenStore }

func (panics) Read(context.Context, string) (Sealed, error) { panic("SECRET") }

// A life that no token has is not believed.
func TestLifeOfToken(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]time.Duration{"1": time.Second, "7200": 2 * time.Hour, "86401": 24 * time.Hour, "9007199254740992": 24 * time.Hour} {
		if _, life, err := readToken([]byte(`{"access_token":"a","expires_in":` + says + `}`)); err != nil || life != want {
			t.Errorf("%s: %v, %v", says, life, err)
		}
	}
}

// A token that could not be stored is used all the same.
func TestNotStored(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(func(o *Options) { o.Tokens = forgets{} })
	callsAtOnce(t, 20, c)
	p.wantIssued(1)
	if err := c.ForceRefresh(t.Context()); err == nil || !strings.Contains(err.Error(), "could not be stored") {
		t.Error(err)
	}
	c.wantCall(t)
	p.wantIssued(3)
}

// forgets is a store that fails after everything was done.
type forgets struct{}

func (forgets) Read(context.Context, string) (Sealed, error) { return Sealed{}, nil }

func (forgets) Renew(ctx context.Context, _ string, _ bool, f func(context.Context, Sealed) (Sealed, error)) (Sealed, error) {
	if _, err := f(ctx, Sealed{}); err != nil {
		return Sealed{}, err
	}
	return Sealed{}, errors.New("the connection was lost")
}

// Who renews a token ahead of its end does not wait for another server that does: it would
// ask WeChat once more when the wait has been too long.
func TestRenewalDoesNotWait(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	at := &clock{}
	locked := &lockedStore{}
	c := p.client(func(o *Options) { o.Now, o.Tokens = at.now, locked })
	c.wantCall(t)
	at.move(115 * time.Minute)
	c.wantCall(t)
	c.tokens.running.Wait()
	if len(locked.waited) != 2 || !locked.waited[0] || locked.waited[1] {
		t.Errorf("waited: %v, want first, where there was no token, and not then", locked.waited)
	}
	p.wantIssued(1)
}

// lockedStore is locked by another server for ever, and notes who waits for it.
type lockedStore struct {
	forgets
	waited []bool
}

func (s *lockedStore) Renew(_ context.Context, _ string, wait bool, _ func(context.Context, Sealed) (Sealed, error)) (Sealed, error) {
	s.waited = append(s.waited, wait)
	return Sealed{}, ErrLocked
}

func TestSeals(t *testing.T) {
	t.Parallel()
	s, err := newSeals("app", "secret")
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal("TOKEN")
	if strings.Contains(string(sealed), "TOKEN") || s.open(sealed) != "TOKEN" || string(s.seal("TOKEN")) == string(sealed) {
		t.Errorf("%x", sealed)
	}
	for app, secret := range map[string]redacted.String{"other": "secret", "app": "other"} {
		other, err := newSeals(app, secret)
		if err != nil || other.open(sealed) != "" {
			t.Errorf("another app id or secret opens it, %v", err)
		}
	}
	for i := range sealed {
		changed := append([]byte(nil), sealed...)
		changed[i] ^= 1
		if s.open(changed) != "" || s.open(sealed[:i]) != "" {
			t.Errorf("opens what was changed at %d", i)
		}
	}
}
