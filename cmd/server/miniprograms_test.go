package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// miniProgram is one of several of a server's.
type miniProgram struct {
	name, userName, appID, token, aesKey string
	mode                                 wechat.Mode
	format                               wechat.Format
}

// Two that have nothing in common. Their secrets are those that noSecrets searches for, and
// others.
var (
	brandA = miniProgram{"express", "gh_abcdefg", "wxb11529c136998cb6", testToken, testAESKey, wechat.Secure, wechat.XML}
	brandB = miniProgram{"brand-b", "gh_brand", "wx0123456789abcdef", "tokenofbrandthatmustnotshow", "", wechat.Plain, wechat.JSON}
)

const (
	newToken = "newtokenthatmustnotshow"
	newKey   = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
)

// wechat plays WeChat towards a server for one of its mini programs.
func (m miniProgram) wechat(tb testing.TB, p *program) *sandbox.Platform {
	tb.Helper()
	s, err := wechat.NewSender(wechat.SenderOptions{UserName: m.userName, AppID: m.appID, Mode: m.mode, Token: m.token, AESKey: m.aesKey})
	must(tb, err)
	return &sandbox.Platform{URL: p.url() + "/" + m.name, Sender: s, Format: m.format, Patience: 2 * patience, Tries: 1}
}

// entry is an entry of wechat.accounts, with its secrets in files.
func (m miniProgram) entry(tb testing.TB, more ...string) string {
	tb.Helper()
	fields := append([]string{
		"name: " + m.name, "user_name: " + m.userName, "app_id: " + m.appID, "mode: " + m.mode.String(), "token_file: " + secretFile(tb, m.token),
	}, more...)
	if m.aesKey != "" {
		fields = append(fields, "aes_key_file: "+secretFile(tb, m.aesKey))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// serveAll starts a server for mini programs, each an entry.
func serveAll(t *testing.T, dir, url string, entries ...string) (stop func(), p *program) {
	t.Helper()
	text := "events: {feed: true}\nwechat:\n  accounts: [\n    " + strings.Join(entries, ",\n    ") + "]\n"
	must(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600))
	var none []string
	for _, variable := range carrierEnv {
		name, _, _ := strings.Cut(variable, "=")
		none = append(none, name+"=")
	}
	cmd, p := servingIn(t, dir, url, none...)
	return func() {
		t.Helper()
		stops(t, cmd, p.log, syscall.SIGTERM)
		noSecrets(t, p.log.String())
		noPersonalData(t, p.log.String())
		for _, secret := range []string{brandB.token, newToken, newKey} {
			if strings.Contains(p.log.String(), secret) {
				t.Errorf("%s is in the log", secret)
			}
		}
	}, p
}

// books pushes a new order, and gives its number; "" where the push is refused.
func (m miniProgram) books(t *testing.T, p *program, n int64) string {
	t.Helper()
	o := order(n, fmt.Sprint(m.name, "-", n))
	o.ToUserName = m.userName
	r, d, err := m.wechat(t, p).PushAdd(t.Context(), o, "")
	if err == nil && r.ResultCode == 0 {
		return r.WayBillID
	}
	if len(d.Answers) != 1 || d.Answers[0].Status != http.StatusForbidden {
		t.Errorf("%s: %v, %+v", m.name, err, r)
	}
	return ""
}

// cancels pushes a cancel of a booked order, and wants its code.
func (m miniProgram) cancels(t *testing.T, p *program, n int64, orderID, waybillID string, code int) {
	t.Helper()
	c := sampleCancel(n)
	c.ToUserName, c.OrderID, c.WayBillID = m.userName, orderID, waybillID
	want(t, m.wechat(t, p), c, code)
}

// Two mini programs of different modes and formats are served at once, each at its path. Rows,
// events, log and metrics have each one's account; waybills are the carrier's.
func TestTwoMiniPrograms(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), withSamples(t)
	stop, p := serveAll(t, dir, url, brandA.entry(t), brandB.entry(t))
	if !strings.Contains(p.log.String(), `"wechat.accounts":"[express brand-b]"`) {
		t.Errorf("the log does not say which there are:\n%s", p.log)
	}
	for _, m := range []miniProgram{brandA, brandB} {
		if echo, a, err := m.wechat(t, p).Challenge(t.Context(), ""); err != nil || a.Status != http.StatusOK || string(a.Body) != echo {
			t.Errorf("%s: the check of the URL: %v", m.name, err)
		}
	}
	ofExpress, ofBrand := brandA.books(t, p, 1), brandB.books(t, p, 1)
	c := carrier{tb: t, p: p}
	c.scan(http.StatusOK, ofBrand, 100001, time.Now(), "")
	c.call(http.StatusCreated, http.MethodPost, "/v1/waybills", fmt.Sprintf(`{"biz_id":%q,"waybill_id":"SF1","order_id":"elsewhere"}`, demo.BizID))
	c.scan(http.StatusOK, "SF1", 100001, time.Now(), "") // no mini program's
	brandB.cancels(t, p, 2, "express-1", ofExpress, 0)   // of another's: merchants and waybills are the carrier's
	brandA.cancels(t, p, 3, "express-1", ofExpress, 30003)

	pushes := query(t, url, `SELECT string_agg(concat_ws(' ', event, format, mode, account), ', ' ORDER BY at, identity) FROM push`)
	if pushes != "add_waybill xml secure gh_abcdefg, add_waybill json plain gh_brand, cancel_waybill json plain gh_brand, cancel_waybill xml secure gh_abcdefg" {
		t.Errorf("the ledger has %s", pushes)
	}
	for id, account := range map[string]string{ofExpress: "gh_abcdefg", ofBrand: "gh_brand"} {
		if _, text := get(t, p.internal, "/v1/waybills/"+demo.BizID+"/"+id); !strings.Contains(text, `"account":"`+account+`","state"`) {
			t.Errorf("%s is not of %s: %s", id, account, text)
		}
	}
	if _, text := get(t, p.internal, "/v1/pushes?account=gh_brand"); strings.Count(text, `"event"`) != 2 || strings.Contains(text, "gh_abcdefg") {
		t.Errorf("the pushes for one: %s", text)
	}
	on(t, url).says("account    gh_abcdefg", "show", "waybill", demo.BizID, ofExpress)
	on(t, url).says("(json, plain)  for gh_brand", "show", "waybill", demo.BizID, ofExpress)
	events := strings.Fields(query(t, url, `SELECT string_agg(kind || ':' || (body::json->>'account'), ' ' ORDER BY position) FROM event WHERE kind LIKE 'waybill%'`))
	if want := []string{
		"waybill.booked:gh_abcdefg", "waybill.booked:gh_brand", "waybill.scanned:gh_brand", "waybill.scanned:", "waybill.cancelled:gh_brand", "waybill.cancel_refused:gh_abcdefg",
	}; !slices.Equal(events, want) {
		t.Errorf("the events are %q, want %q", events, want)
	}
	p.shows(t, map[string]float64{
		`carrierhook_pushes_total{account="express",event="add_waybill",format="xml",mode="secure",result="0"}`:    1,
		`carrierhook_pushes_total{account="brand-b",event="add_waybill",format="json",mode="plain",result="0"}`:    1,
		`carrierhook_pushes_total{account="brand-b",event="cancel_waybill",format="json",mode="plain",result="0"}`: 1,
	})

	// What is signed for one is not believed at another's path, nor at the path without a name.
	stray := brandA
	stray.name = brandB.name
	if id := stray.books(t, p, 4); id != "" {
		t.Errorf("a push for one was taken at the path of the other: %s", id)
	}
	w := brandA.wechat(t, p)
	w.URL = p.url()
	if a, err := w.Cancel(t.Context(), sampleCancel(5)); err == nil || a.Status != http.StatusNotFound {
		t.Errorf("without a name: %v", err)
	}
	stop()
}

// The Token and the key of one mini program are changed while the other goes on, and what one
// no longer has is believed nowhere.
func TestChangingOneMiniProgram(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), withSamples(t)
	changed, n := brandA, int64(0)
	changed.token, changed.aesKey = newToken, newKey
	serves := func(entry string, takes map[string]bool) {
		t.Helper()
		stop, p := serveAll(t, dir, url, entry, brandB.entry(t))
		for what, m := range map[string]miniProgram{"the former": brandA, "the new": changed, "the other": brandB} {
			n++
			if taken := m.books(t, p, n) != ""; taken != takes[what] {
				t.Errorf("%s: taken is %v, want %v", what, taken, takes[what])
			}
		}
		stop()
	}
	serves(brandA.entry(t), map[string]bool{"the former": true, "the other": true})
	serves(changed.entry(t, "previous_token_file: "+secretFile(t, testToken), "previous_aes_key_file: "+secretFile(t, testAESKey)),
		map[string]bool{"the former": true, "the new": true, "the other": true})
	serves(changed.entry(t), map[string]bool{"the new": true, "the other": true})
}
