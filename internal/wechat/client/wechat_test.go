package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testApp    = "wxCARRIER"
	testSecret = "0123456789abcdef0123456789abcdef"
)

// played is WeChat as a test plays it: it gives tokens out, takes calls with the current
// one, and answers them as the test says.
type played struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	token  string
	issued int // stable_token calls that were answered with a token
	forced int // of them with force_refresh
	life   int // seconds
	calls  []receivedCall

	answer  func(w http.ResponseWriter, r receivedCall) // of all but stable_token
	refuse  func(w http.ResponseWriter) bool            // whether stable_token is answered otherwise
	retoken bool                                        // each stable_token gives a new token, beside which the one before holds
	before  string
	tooSoon bool // force_refresh does nothing
}

type receivedCall struct{ path, query, body, header string }

func playWeChat(t testing.TB) *played {
	p := &played{t: t, life: 7200, answer: func(w http.ResponseWriter, _ receivedCall) { write(w, `{"errcode":0,"errmsg":"ok"}`) }}
	p.revoke()
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func write(w http.ResponseWriter, text string) { _, _ = io.WriteString(w, text) }

// revoke makes another token the current one.
func (p *played) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token, p.before = fmt.Sprintf("TOKEN+/&=_%d", p.issued+1), ""
}

func (p *played) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost {
		p.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	call := receivedCall{r.URL.Path, r.URL.RawQuery, string(text), r.Header.Get("Content-Type")}
	if r.URL.Path == pathStableToken {
		p.giveToken(w, call)
		return
	}
	p.mu.Lock()
	token := r.URL.Query().Get("access_token")
	current := token != "" && (token == p.token || token == p.before)
	p.calls = append(p.calls, call)
	p.mu.Unlock()
	if !current {
		write(w, `{"errcode":40001,"errmsg":"invalid credential rid: 6299e87e-5ed9e599-0d046b47"}`)
		return
	}
	p.answer(w, call)
}

func (p *played) giveToken(w http.ResponseWriter, call receivedCall) {
	want := `{"grant_type":"client_credential","appid":"` + testApp + `","secret":"` + testSecret + `","force_refresh":`
	force := call.body == want+"true}"
	if call.query != "" || call.body != want+"false}" && !force {
		p.t.Errorf("stable_token: %+v", call)
	}
	if p.refuse != nil && p.refuse(w) {
		return
	}
	if force && !p.tooSoon || p.retoken {
		before := p.token
		p.revoke()
		if !force {
			p.before = before
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.issued++
	if force {
		p.forced++
	}
	fmt.Fprintf(w, `{"access_token":%q,"expires_in":%d}`, p.token, p.life)
}

// count is how many tokens were given out, and how many calls came.
func (p *played) count() (issued, calls int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issued, len(p.calls)
}

func (p *played) wantIssued(want int) {
	p.t.Helper()
	if got, _ := p.count(); got != want {
		p.t.Errorf("stable_token gave a token %d times, want %d", got, want)
	}
}

func (p *played) last() receivedCall {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		p.t.Fatal("no call came")
	}
	return p.calls[len(p.calls)-1]
}

// client makes a client of the played WeChat. change may be nil.
func (p *played) client(change func(*Options)) *Client {
	p.t.Helper()
	o := Options{URL: p.URL, AppID: testApp, Secret: testSecret}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.Close)
	return c
}

func (c *Client) someCall(ctx context.Context) error {
	return c.UpdatePath(ctx, PathNode{Token: "T", WaybillID: "W1", Time: 1533052800, Action: 300002, Message: "在派件"})
}

// wantCall makes a call that has to succeed.
func (c *Client) wantCall(t testing.TB) {
	t.Helper()
	if err := c.someCall(context.Background()); err != nil {
		t.Error(err)
	}
}

// wantClass expects an error of a class, whose text has some words and no secret.
func wantClass(t testing.TB, err error, class Class, words ...string) {
	t.Helper()
	if got := ClassOf(err); got != class {
		t.Errorf("%v: class %q, want %q", err, got, class)
	}
	if err == nil {
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v: lacks %q", err, w)
		}
	}
	for _, secret := range append(secrets, "TOKEN", "http:") {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
			t.Errorf("%+v shows %q", err, secret)
		}
	}
	if len(err.Error()) > 400 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
		t.Errorf("%q is long, or of more than one line", err)
	}
}

// secrets are what no error may have.
var secrets = []string{testSecret, "SECRET", "18666666666", "张三", "海珠区"}
