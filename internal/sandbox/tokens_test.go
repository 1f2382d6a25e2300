package sandbox_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// What is wrong with a token, or with a request for one, has WeChat's codes.
func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	const token, stable = "/cgi-bin/token?", "/cgi-bin/stable_token"
	type request struct {
		method, path, body string
		code               int
	}
	all := []request{
		{"POST", CancelPath, "{}", 41001},
		{"POST", CancelPath + "?access_token=", "{}", 41001},
		{"POST", CancelPath + "?access_token=ACCESS_TOKEN", "{}", 40014},
		{"POST", CancelPath + "?access_token=99_" + strings.Repeat("x", 128), "{}", 40001},
		{"GET", CancelPath + "?access_token=" + sandbox.StandingToken, "", 43002},
		{"POST", token, "", 43001},
		{"GET", stable, "", 43002},
		{"POST", stable, "", 44002},
		{"POST", stable, "{", 47001},
		{"POST", stable, `{"grant_type":"client_credential","appid":"wxABCD","secret":"` + sandbox.Secret + `","force_refresh":"yes"}`, 47001},
	}
	for _, login := range []struct {
		grant, app, secret string
		code               int
	}{
		{"x", "", "", 40002}, {"client_credential", "", "x", 41002}, {"client_credential", "wxABCD", "", 41004},
		{"client_credential", "wxNobody", "x", 40013}, {"client_credential", "wxABCD", "x", 40125},
	} {
		all = append(all,
			request{"GET", token + "grant_type=" + login.grant + "&appid=" + login.app + "&secret=" + login.secret, "", login.code},
			request{"POST", stable, fmt.Sprintf(`{"grant_type":%q,"appid":%q,"secret":%q}`, login.grant, login.app, login.secret), login.code})
	}
	for _, tt := range all {
		got := d.Send(tt.method, d.MerchantURL+tt.path, tt.body)
		if c := d.Errcode(got); c != tt.code || !strings.Contains(got, " rid: ") {
			t.Errorf("%s %s %s: %s, want %d", tt.method, tt.path, tt.body, got, tt.code)
		}
	}
}

// granted is an access token.
type granted struct {
	Token   string `json:"access_token"`
	Expires int    `json:"expires_in"`
}

// tokensOf gets tokens of a sandbox in both ways, and says which errcode each has.
func tokensOf(t *testing.T, d *Sandbox) (token func() granted, stable func(force string) granted, holds func(granted, int)) {
	token = func() (a granted) {
		Decode(t, d.Send("GET", d.MerchantURL+"/cgi-bin/token?grant_type=client_credential&appid=wxABCD&secret="+sandbox.Secret, ""), &a)
		return a
	}
	stable = func(force string) (a granted) {
		Decode(t, d.Send("POST", d.MerchantURL+"/cgi-bin/stable_token",
			`{"grant_type":"client_credential","appid":"wxABCD","secret":"`+sandbox.Secret+`","force_refresh":`+force+`}`), &a)
		return a
	}
	holds = func(a granted, code int) {
		t.Helper()
		got := d.Send(http.MethodPost, d.MerchantURL+GetPath+"?access_token="+a.Token, CancelBody())
		if c := d.Errcode(got); c != code {
			t.Errorf("got %s, want %d", got, code)
		}
	}
	return token, stable, holds
}

// The life of tokens: /token replaces the one before, which holds for five minutes more,
// stable_token returns the same one until shortly before its end, and neither disturbs
// the other.
func TestTokenLife(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(0x6299e87e, 0)}
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.Platform.Now = c.now })
	token, stable, holds := tokensOf(t, d)
	first := token()
	if len(first.Token) < 100 || first.Expires != 7200 {
		t.Errorf("%+v", first)
	}
	holds(first, 0)
	lasting := stable("false")
	second := token()
	holds(first, 0)
	third := token()
	c.pass(5*time.Minute - time.Second)
	holds(first, 0)
	holds(second, 0)
	c.pass(time.Second)
	holds(first, 40001)
	holds(second, 40001)
	holds(third, 0)
	holds(lasting, 0)
	c.pass(55 * time.Minute)
	if same := stable("false"); same.Token != lasting.Token || same.Expires != 3600 {
		t.Errorf("%+v", same)
	}
	c.pass(56 * time.Minute)
	renewed := stable("false")
	if renewed.Token == lasting.Token || renewed.Expires != 7200 {
		t.Error("a token at its end was not renewed")
	}
	holds(lasting, 0)
	c.pass(4*time.Minute - time.Second)
	holds(third, 0)
	c.pass(time.Second)
	holds(third, 42001)
	holds(lasting, 42001)
	holds(renewed, 0)
	forced := stable("true")
	holds(renewed, 40001)
	holds(forced, 0)
	holds(granted{Token: sandbox.StandingToken}, 0)
}

// Tokens outlive a reset and a restart, as WeChat's do. Of those of before a restart, a
// new one ends what it would have ended without the restart.
func TestTokensOutlive(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(0x6299e87e, 0)}
	start := func() *Sandbox {
		return StartSandbox(t, wechat.XML, func(o *Options) { o.Platform.Now, o.Platform.Rand = c.now, rand.Reader })
	}
	d := start()
	token, stable, holds := tokensOf(t, d)
	plain, lasting := token(), stable("false")
	d.Reset()
	holds(plain, 0)
	holds(lasting, 0)
	if same := stable("false"); same.Token != lasting.Token {
		t.Error("a reset replaced the stable token")
	}
	token, stable, holds = tokensOf(t, start())
	holds(plain, 0)
	holds(lasting, 0)
	holds(stable("false"), 0)
	holds(lasting, 0)
	next := token()
	holds(plain, 0)
	c.pass(5 * time.Minute)
	holds(plain, 40001)
	holds(next, 0)
	stable("true")
	holds(lasting, 40001)
	for name, wrong := range map[string]string{
		"changed": next.Token[:3] + "A" + next.Token[4:], "another end": next.Token[:20] + strings.Repeat("A", 111), "cut": next.Token[:130],
	} {
		t.Log(name)
		holds(granted{Token: wrong}, 40001)
	}
	c.pass(2 * time.Hour)
	holds(plain, 42001)
}

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// force_refresh ends the token before at once, but not within 30 seconds of the last time, and
// twenty times a day.
func TestForceRefresh(t *testing.T) {
	t.Parallel()
	d, c := onClock(t)
	_, stable, holds := tokensOf(t, d)
	first := stable("true")
	c.pass(29 * time.Second)
	if again := stable("true"); again.Token != first.Token || again.Expires != 7200-29 {
		t.Errorf("%+v", again)
	}
	c.pass(time.Second)
	second := stable("true")
	if second.Token == first.Token {
		t.Error("it was not refreshed")
	}
	holds(first, 40001)
	for range 20 - 1 { // the first was a day before
		c.pass(30 * time.Second)
		stable("true")
	}
	c.pass(30 * time.Second)
	last := stable("false")
	refused := d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, strings.Replace(login, "}", `,"force_refresh":true}`, 1))
	if d.Errcode(refused) != 45009 {
		t.Errorf("%s", refused)
	}
	holds(last, 0)
	c.pass(24 * time.Hour)
	if stable("true").Token == "" {
		t.Error("the next day")
	}
}

// Revoking ends every token of every app, of an earlier run too; the next ones hold.
func TestRevokeTokens(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(0x6299e87e, 0)}
	start := func() *Sandbox {
		return StartSandbox(t, wechat.XML, func(o *Options) { o.Platform.Now, o.Platform.Rand = c.now, rand.Reader })
	}
	token, stable, _ := tokensOf(t, start())
	earlier := []granted{token(), stable("false")}
	d := start()
	token, stable, holds := tokensOf(t, d)
	leaving := token()
	all := append(earlier, leaving, token(), stable("false"))
	for _, a := range all[2:] {
		holds(a, 0)
	}
	d.Send(http.MethodPost, d.ControlURL+"/tokens/revoke", "")
	for _, a := range all {
		holds(a, 40001)
	}
	holds(granted{Token: sandbox.StandingToken}, 0)
	renewed := stable("false")
	holds(renewed, 0)
	holds(token(), 0)
	for _, a := range all {
		holds(a, 40001)
	}
	d.SetCallFault(sandbox.CallTokenRevoked, "", 0)
	_, stable, _ = tokensOf(t, d)
	for _, a := range []granted{renewed, stable("false")} {
		d.Send(http.MethodPost, d.MerchantURL+UpdatePath+"?access_token="+a.Token, "{}")
		holds(a, 40001)
	}
	// One of an earlier run ends too, and not those of the other way.
	d = start()
	_, _, holds = tokensOf(t, d)
	d.SetCallFault(sandbox.CallTokenRevoked, "", 1)
	d.Send(http.MethodPost, d.MerchantURL+UpdatePath+"?access_token="+earlier[1].Token, "{}")
	holds(earlier[1], 40001)
	holds(earlier[0], 0)
}
