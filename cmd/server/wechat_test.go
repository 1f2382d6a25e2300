package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// wechatCalls is a command line of a carrier that the sandbox knows, with a server and an
// order that was booked there.
type wechatCalls struct {
	cli
	box       *playedBox
	url       string // of the database
	waybillID string
}

func callsOfCarrier(t *testing.T) *wechatCalls {
	t.Helper()
	url := withSamples(t)
	d := playWeChat(t, start(t, testConfig(url, wechat.Secure)), wechat.Secure, wechat.JSON, nil)
	_, booked := d.add("o1")
	w := &wechatCalls{box: d, url: url, waybillID: booked.WaybillID}
	w.cli = on(t, url, append(carrierEnv,
		"CARRIERHOOK_WECHAT_API_URL=http://"+d.merchant.Addr().String(), "CARRIERHOOK_WECHAT_APP_SECRET_FILE="+w.file(t, "secret", sandbox.Secret))...)
	return w
}

// file is a file with a text, that only we can read.
func (w *wechatCalls) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// control changes something of the sandbox.
func (w *wechatCalls) control(t *testing.T, path, body string) {
	t.Helper()
	if status, says, _ := fetch(t, http.MethodPut, "http://"+w.box.control.Addr().String()+path, body, nil); status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, says)
	}
}

// wants runs a command that has to succeed and to say all of these, and no secret.
func (w *wechatCalls) wants(t *testing.T, parts []string, args ...string) (out string) {
	t.Helper()
	out, err := w.run(append([]string{"wechat"}, args...)...)
	if err != nil {
		t.Errorf("%q: %v\n%s", args, err, out)
	}
	w.has(t, out, parts, args)
	return out
}

// wantsNot runs a command that has to fail, likewise.
func (w *wechatCalls) wantsNot(t *testing.T, parts []string, args ...string) {
	t.Helper()
	out, err := w.run(append([]string{"wechat"}, args...)...)
	if err == nil {
		t.Errorf("%q: it succeeded\n%s", args, out)
	}
	w.has(t, out, parts, args)
	noPersonalData(t, out)
}

func (w *wechatCalls) has(t *testing.T, out string, parts, args []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q: lacks %q:\n%s", args, part, out)
		}
	}
	noSecrets(t, out)
	if strings.Contains(out, sandbox.Secret) || strings.Contains(out, "access_token=") {
		t.Errorf("%q: a secret is in\n%s", args, out)
	}
}

func TestWeChatContact(t *testing.T) {
	t.Parallel()
	w := callsOfCarrier(t)
	person := []string{demo.Sender.Name, demo.Sender.Mobile, demo.Receiver.Name, demo.Receiver.Address}
	w.wants(t, append(person, "waybill "+w.waybillID+"\nsender\n", "receiver\n"), "contact", w.waybillID)
	var got contactsShown
	must(t, json.Unmarshal([]byte(w.wants(t, nil, "contact", "--json", "--account", "main", w.waybillID)), &got))
	if got.WaybillID != w.waybillID || got.Sender.Name != demo.Sender.Name || !strings.HasSuffix(got.Receiver.Address, demo.Receiver.Address) || got.Receiver.Mobile != demo.Receiver.Mobile {
		t.Errorf("%+v", got)
	}
	w.wantsNot(t, []string{`no waybill "unknown" was booked here by WeChat`}, "contact", "unknown")
	w.wantsNot(t, []string{"no waybill"}, "contact", "\xff")
	if n := query(t, w.url, `SELECT count(*)::text FROM wechat_token WHERE octet_length(token) > 100`); n != "1" {
		t.Errorf("%s tokens are stored for other servers", n)
	}

	w.control(t, "/calls/fault", `{"fault":"unauthorised"}`)
	w.wantsNot(t, []string{"errcode 48001: the account may not make this call"}, "contact", w.waybillID)
	w.control(t, "/calls/fault", `{"fault":"html"}`)
	w.wantsNot(t, []string{"/cgi-bin/express/delivery/contact/get: the answer cannot be read"}, "contact", w.waybillID)

	execute(t, w.url, `UPDATE booking SET token = ''`)
	w.wantsNot(t, []string{"the Token of waybill", "it was erased or the booking had none"}, "contact", w.waybillID)
	execute(t, w.url, `UPDATE waybill SET book_push = NULL`)
	w.wantsNot(t, []string{"no waybill"}, "contact", w.waybillID)
}

// Which mini program calls is said by --account, or by whose waybill it is.
func TestWeChatAccounts(t *testing.T) {
	t.Parallel()
	w := callsOfCarrier(t)
	entry := func(name, userName, appID, secret string) string {
		return "  - {name: " + name + ", user_name: " + userName + ", app_id: " + appID + ", mode: plain, token_file: " + w.file(t, "token", "token-of-"+name) +
			", app_secret_file: " + w.file(t, "secret", secret) + "}\n"
	}
	file := w.file(t, "config.yaml", "wechat:\n accounts:\n"+entry("first", "gh_first", "wxb11529c136998cb6", sandbox.Secret)+entry("second", "gh_second", "wxSecond", "no-secret-of-anybody"))
	w.env = []string{"CARRIERHOOK_DATABASE_URL=" + w.url, "CARRIERHOOK_WECHAT_API_URL=http://" + w.box.merchant.Addr().String()}
	w.wantsNot(t, []string{`--account is "": name one of first, second`}, "quota", "--config", file)
	w.wantsNot(t, []string{`--account is "third": name one of first, second`}, "quota", "--config", file, "--account", "third")
	w.wantsNot(t, []string{"stable_token: errcode 40013: WeChat does not know the app id"}, "quota", "--config", file, "--account", "second")
	w.wants(t, []string{"path/update"}, "quota", "--config", file, "--account", "first")

	execute(t, w.url, `UPDATE waybill SET account = 'gh_first'`)
	w.wants(t, []string{demo.Sender.Name}, "contact", "--config", file, w.waybillID)
	w.wantsNot(t, []string{"errcode 40013"}, "contact", "--config", file, "--account", "second", w.waybillID)
	execute(t, w.url, `UPDATE waybill SET account = 'gh_second'`)
	w.wantsNot(t, []string{"errcode 40013"}, "contact", "--config", file, w.waybillID)
	execute(t, w.url, `UPDATE waybill SET account = ''`)
	w.wantsNot(t, []string{`--account is "": name one of first, second`}, "contact", "--config", file, w.waybillID)

	w.env = append(carrierEnv, "CARRIERHOOK_DATABASE_URL="+w.url)
	w.wantsNot(t, []string{"main has no AppSecret", "app_secret_file"}, "quota")
}

func TestWeChatQuota(t *testing.T) {
	t.Parallel()
	w := callsOfCarrier(t)
	w.control(t, "/calls/limits", `{"path":"/cgi-bin/express/delivery/contact/get","daily":7,"per_minute":5}`)
	w.wants(t, nil, "contact", w.waybillID)
	const contactRow = `{"path":"/cgi-bin/express/delivery/contact/get","daily_limit":7,"used":1,"remaining":6,"rate_count":5,"rate_seconds":60}`
	var rows []quotaRow
	must(t, json.Unmarshal([]byte(w.wants(t, nil, "quota", "--json")), &rows))
	found := false
	for _, r := range rows {
		text, err := json.Marshal(r)
		must(t, err)
		found = found || string(text) == contactRow
	}
	if !found || len(rows) != 5 {
		t.Errorf("%+v lacks %s", rows, contactRow)
	}
	out := w.wants(t, []string{"path ", "a day", "path/update", "local/delivery/update_order", "service/business/update", "template/preview"}, "quota")
	wantsRow := func(out, want string) {
		t.Helper()
		if fields := strings.Fields(lineWith(out, "contact/get ")); len(fields) < 2 || strings.Join(fields[1:], " ") != want {
			t.Errorf("%q, want %s", fields, want)
		}
	}
	wantsRow(out, "7 1 6 5 in 1m0s")
	const contact = "/cgi-bin/express/delivery/contact/get"
	w.wantsNot(t, []string{"/cgi-bin/none: /cgi-bin/openapi/quota/get: errcode 76021", contact + "  7 "}, "quota", "/cgi-bin/none", contact)

	w.wantsNot(t, []string{"of main (wxb11529c136998cb6)", "ten times a month: say --yes"}, "clear-quota")
	wantsRow(w.wants(t, nil, "quota", contact), "7 1 6 5 in 1m0s")
	w.wants(t, []string{"the day's counters of main (wxb11529c136998cb6) begin anew"}, "clear-quota", "--yes")
	wantsRow(w.wants(t, nil, "quota", contact), "7 0 7 5 in 1m0s")

	w.control(t, "/calls/allow", `{"addresses":["192.0.2.1"]}`)
	w.wantsNot(t, []string{"errcode 40164: this machine's address is not in the console's allow-list", "(WeChat sees the address 127.0.0.1)"}, "quota")
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func TestWeChatToken(t *testing.T) {
	t.Parallel()
	w := callsOfCarrier(t)
	w.wantsNot(t, []string{"say --force-refresh"}, "token")
	w.wants(t, nil, "contact", w.waybillID)
	stored := func() string { return query(t, w.url, `SELECT md5(token) FROM wechat_token`) }
	before := stored()
	w.wants(t, []string{"WeChat has replaced the access token of main (wxb11529c136998cb6)"}, "token", "--force-refresh")
	after := stored()
	if before == after {
		t.Error("the new token is not stored")
	}
	w.wants(t, nil, "contact", w.waybillID)
	if stored() != after {
		t.Error("another token was needed")
	}
	w.wantsNot(t, []string{"WeChat has not replaced the access token: 30 seconds"}, "token", "--force-refresh")
}

func TestWeChatPreview(t *testing.T) {
	t.Parallel()
	w := callsOfCarrier(t)
	args := func(template, custom string, more ...string) []string {
		return append([]string{
			"preview", w.waybillID, "--template", w.file(t, "template", template), "--data", w.file(t, "data", "##ZTO_mark##11-22-33##\n"), "--custom", w.file(t, "custom", custom),
		}, more...)
	}
	const order = "\ufeff{\"sender\":{\"name\":\"张三\",\"mobile\":\"18666666666\"},\n \"receiver\":{\"name\":\"王小蒙\",\"tel\":\"029-77777777\"}}"
	const template = "<b>##VAR(custom.sender.name) ##VAR(sys.waybillid) ##VAR(waybilldata.ZTO_mark) ##STRBLOAT(VAR(custom.receiver.name)) 张三 &amp;</b>"
	rendered := "<b>张三 " + w.waybillID + " 11-22-33 王 小 蒙 张三 &amp;</b>"
	w.wants(t, []string{rendered, "unmasked: custom.sender.name, 2 times", "unmasked: custom.receiver.name, once", "in pictures was not read"}, args(template, order)...)
	out := w.wants(t, nil, args(template, order)...)
	if strings.Contains(out, "mobile") || strings.Contains(out, "custom.receiver.tel") {
		t.Errorf("what is not shown is named:\n%s", out)
	}
	w.wants(t, []string{"nothing of the order's sender and receiver"}, args("<b>##VAR(sys.waybillid)</b>", order)...)
	var got struct {
		Rendered string
		Unmasked []unmaskedMember
	}
	must(t, json.Unmarshal([]byte(w.wants(t, nil, args(template, order, "--json")...)), &got))
	if got.Rendered != rendered || len(got.Unmasked) != 2 {
		t.Errorf("%+v", got)
	}
	file := filepath.Join(t.TempDir(), "label.html")
	if out := w.wants(t, []string{"unmasked: "}, args(template, order, "--out", file)...); strings.Contains(out, "<b>") || read(t, file) != rendered {
		t.Errorf("%s\n%s", out, read(t, file))
	}
	private(t, file)
	w.wantsNot(t, []string{"--out: ", "exists"}, args(template, order, "--out", file)...)

	w.wantsNot(t, []string{"errcode 9300512: the label's template is wrong"}, args("##NONE", order)...)
	w.wantsNot(t, []string{"the order (custom) is not a JSON object"}, args(template, "[]")...)
	w.wantsNot(t, []string{`"custom" not set`}, "preview", "W", "--template", "a", "--data", "b")
	w.wantsNot(t, []string{"--template: ", "no such file"}, "preview", "W", "--template", "none", "--data", "none", "--custom", "none")
	w.wantsNot(t, []string{"--template: ", "longer than"}, args(strings.Repeat("a", maxPreviewFile+1), order)...)
}
