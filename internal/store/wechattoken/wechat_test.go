package wechattoken_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/store/wechattoken"
	"carrierhook/internal/wechat/client"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const app = "wxCARRIER"

// played is WeChat: it gives out the one current token, and refuses others.
type played struct {
	*httptest.Server
	mu     sync.Mutex
	token  string
	issued int
	calls  int
	before func() error // happens before stable_token is answered; an error is WeChat's own
}

func playWeChat(t *testing.T) *played {
	p := &played{}
	p.revoke()
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *played) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = fmt.Sprintf("TOKEN_%d", p.issued+1)
}

func (p *played) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	answer := `{"errcode":40001}`
	if r.URL.Path == "/cgi-bin/stable_token" {
		if p.before != nil {
			if err := p.before(); err != nil {
				_, _ = io.WriteString(w, `{"errcode":-1}`)
				return
			}
		}
		if strings.HasSuffix(string(body), `"force_refresh":true}`) {
			p.revoke()
		}
		p.mu.Lock()
		p.issued++
		answer = fmt.Sprintf(`{"access_token":%q,"expires_in":7200}`, p.token)
	} else {
		p.mu.Lock()
		p.calls++
		if r.URL.Query().Get("access_token") == p.token {
			answer = `{"errcode":0}`
		}
	}
	p.mu.Unlock()
	_, _ = io.WriteString(w, answer)
}

// wantIssued expects how many times a token was given out.
func (p *played) wantIssued(t *testing.T, want int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.issued != want {
		t.Errorf("stable_token gave a token %d times, want %d", p.issued, want)
	}
}

// awaitIssued waits until a token was given out so often, for what nobody waits for.
func (p *played) awaitIssued(t *testing.T, want int) {
	t.Helper()
	storetest.Until(t, "WeChat has given a token", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.issued >= want
	})
	p.wantIssued(t, want)
}

// clock is a machine's.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) move(by time.Duration) { c.ahead.Add(int64(by)) }

// server is one of several that call WeChat.
type server struct {
	*client.Client
	store *wechattoken.Store
	pool  *pg.Pool
	clock *clock
}

func newServer(t *testing.T, url string, p *played, secret redacted.String) server {
	t.Helper()
	pool, err := pg.Open(t.Context(), pg.Options{
		URL: url, MaxConns: 4, LockTimeout: time.Second, StatementTimeout: 3 * time.Second, ConnectTimeout: storetest.Patience,
		Prepare: func(*pgx.Batch, pg.Timeouts) {},
	})
	storetest.Must(t, err)
	t.Cleanup(pool.Close)
	s := server{store: wechattoken.New(pool), pool: pool, clock: &clock{}}
	s.Client, err = client.New(client.Options{URL: p.URL, AppID: app, Secret: secret, Tokens: s.store, Now: s.clock.now})
	storetest.Must(t, err)
	t.Cleanup(s.Close)
	return s
}

func (s server) call() error {
	return s.UpdatePath(context.Background(), client.PathNode{Token: "T", WaybillID: "W", Time: 1, Action: 100001, Message: "m"})
}

func wantCall(t *testing.T, s server) {
	t.Helper()
	if err := s.call(); err != nil {
		t.Error(err)
	}
}

// callsAtOnce makes calls at the same time, all of which have to succeed.
func callsAtOnce(t *testing.T, n int, servers ...server) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { wantCall(t, servers[i%len(servers)]) })
	}
	all.Wait()
}
