package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// otherToken is as good as goodToken, and another.
const otherToken = "5a8d2cf19b4c6730"

// accountsFile has two mini programs, whose secrets are in files beside it, and what more is
// said of the second.
func accountsFile(tb testing.TB, more ...string) string {
	tb.Helper()
	dir := tb.TempDir()
	chmod(tb, dir, 0o700)
	secret := func(name, text string) string { return put(tb, filepath.Join(dir, name), text+"\n", 0o600) }
	return "wechat:\n  accounts:\n" +
		"  - {name: express, user_name: gh_express, app_id: wxexpress, token_file: " + secret("t1", goodToken) + ", aes_key_file: " + secret("k1", testKey) +
		", app_secret_file: " + secret("s1", "hush-of-express") + ", calls: [updatePath, updateBusiness]}\n" +
		"  - name: brand-b\n    user_name: gh_b\n    app_id: wxb\n    mode: plain\n    token_file: " + secret("t2", otherToken) + "\n" +
		strings.Join(append(more, ""), "\n")
}

// forServing is what serve needs besides mini programs.
func forServing(tb testing.TB, text string, environ ...string) (Config, []Warning, error) {
	tb.Helper()
	return load(write(tb, text), NeedServe, append([]string{envName("database.url") + "=" + others["database.url"]}, environ...))
}

// Of several mini programs each has what its entry says, and what is in the files that it
// names, and nothing of another's.
func TestAccounts(t *testing.T) {
	t.Parallel()
	old, key := write(t, "an-older-token-of-b"), write(t, oldKey)
	secret := write(t, "hush-of-b\r\n")
	c, _, err := forServing(t, accountsFile(t, "    previous_token_file: "+old, "    previous_aes_key_file: "+key,
		"    app_secret_file: "+secret, "    calls: [updateOrder]", "    wxa_path: 'pages/order?shop={shop_id}&id={shop_order_id}&no={waybill_id}'"))
	must(t, err)
	got := c.Accounts()
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	files := func(a Account) Account {
		a.TokenFile, a.AESKeyFile, a.PreviousTokenFile, a.PreviousAESKeyFile, a.AppSecretFile = "", "", "", "", ""
		return a
	}
	want := []Account{
		{Name: "express", UserName: "gh_express", AppID: "wxexpress", Mode: "secure", Token: goodToken, AESKey: testKey,
			AppSecret: "hush-of-express", Calls: []string{CallUpdatePath, CallUpdateBusiness}},
		{Name: "brand-b", UserName: "gh_b", AppID: "wxb", Mode: "plain", Token: otherToken, PreviousToken: "an-older-token-of-b", PreviousAESKey: oldKey,
			AppSecret: "hush-of-b", Calls: []string{CallUpdateOrder}, WxaPath: "pages/order?shop={shop_id}&id={shop_order_id}&no={waybill_id}"},
	}
	for i := range want {
		if !reflect.DeepEqual(files(got[i]), want[i]) {
			t.Errorf("got %s, which is not %s", got[i], want[i])
		}
	}
	shown := fmt.Sprintf("%v %+v %#v %x", c, c, c, c.Summary())
	for _, hidden := range []string{"hush", goodToken, otherToken, testKey, oldKey, "an-older"} {
		if strings.Contains(shown, hidden) {
			t.Errorf("%s is shown: %s", hidden, shown)
		}
	}
	if !slices.Contains(c.Summary(), Field{"wechat.accounts", "[express brand-b]"}) {
		t.Errorf("the summary is %v", c.Summary())
	}
}

// The single settings are one mini program, which is called main.
func TestSingleAccount(t *testing.T) {
	t.Parallel()
	ca := filepath.Join("testdata", "ca.pem")
	c, _, err := load(write(t, ""), NeedServe, serving(
		"CARRIERHOOK_WECHAT_APP_SECRET_FILE="+write(t, "hush\n"), "CARRIERHOOK_WECHAT_CALLS=updatePath,updateOrder", "CARRIERHOOK_WECHAT_WXA_PATH=pages/order",
		"CARRIERHOOK_WECHAT_PREVIOUS_TOKEN=an-older-token", "CARRIERHOOK_WECHAT_PREVIOUS_AES_KEY="+oldKey, "CARRIERHOOK_WECHAT_API_CA_FILE="+ca))
	must(t, err)
	want := Account{
		Name: "main", UserName: others["wechat.user_name"], AppID: others["wechat.app_id"], Mode: "secure",
		Token: Secret(others["wechat.token"]), AESKey: testKey, PreviousToken: "an-older-token", PreviousAESKey: oldKey,
		AppSecret: "hush", Calls: []string{CallUpdatePath, CallUpdateOrder}, WxaPath: "pages/order",
	}
	got := c.Accounts()
	if got[0].AppSecretFile == "" {
		t.Error("the file's name is lost")
	}
	if got[0].AppSecretFile = ""; len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %d, the first not as configured", len(got))
	}
	if c.WeChat.APIURL != "https://api.weixin.qq.com" || !strings.HasPrefix(c.WeChat.APICA, "-----BEGIN CERTIFICATE") {
		t.Errorf("the API is at %s with %d bytes of certificates", c.WeChat.APIURL, len(c.WeChat.APICA))
	}
}

// Each need reads the secrets that it has a use for, and may be unable to read the others.
func TestAccountFilesByNeed(t *testing.T) {
	t.Parallel()
	text := accountsFile(t)
	for need, reads := range map[Need][2]bool{ // tokens and keys; app secrets
		NeedNothing: {false, false}, NeedPush: {true, false}, NeedDatabase: {false, false}, NeedCalls: {false, true}, NeedServe: {true, true},
	} {
		c, _, err := load(write(t, text), need, []string{"CARRIERHOOK_DATABASE_DIR=.data"})
		must(t, err)
		a := c.Accounts()[0]
		if got := [2]bool{a.Token != "" && a.AESKey != "", a.AppSecret != ""}; got != reads {
			t.Errorf("need %d: read %v, want %v", need, got, reads)
		}
		alone, _, err := load(write(t, ""), need, []string{"CARRIERHOOK_DATABASE_DIR=.data", "CARRIERHOOK_WECHAT_APP_SECRET_FILE=/none", "CARRIERHOOK_WECHAT_API_CA_FILE=/none"})
		if failed := err != nil && strings.Contains(err.Error(), "wechat.app_secret_file") && strings.Contains(err.Error(), "wechat.api_ca_file"); failed != reads[1] {
			t.Errorf("need %d, with files that are not there: %v %v", need, alone, err)
		}
	}
}

// What is wrong with a mini program is said, with its name and without a secret.
func TestAccountProblems(t *testing.T) {
	t.Parallel()
	token, key := write(t, otherToken), write(t, testKey)
	of := func(entries ...string) string { return "wechat: {accounts: [" + strings.Join(entries, ", ") + "]}" }
	entry := func(more string) string { return "{" + more + "}" }
	second := func(name, userName, appID string) string {
		return entry(fmt.Sprintf("name: %q, user_name: %q, app_id: %q, token_file: %q, aes_key_file: %q", name, userName, appID, token, key))
	}
	right := func(more ...string) string {
		return entry(strings.Join(append([]string{fmt.Sprintf("name: a, user_name: gh_a, app_id: wxa, token_file: %q, aes_key_file: %q", token, key)}, more...), ", "))
	}
	many := make([]string, 0, maxAccounts+1)
	for i := range maxAccounts + 1 {
		many = append(many, second(fmt.Sprint("a", i), fmt.Sprint("gh_", i), fmt.Sprint("wx", i)))
	}
	calls := fmt.Sprintf("app_secret_file: %q, calls: ", key)
	for name, tc := range map[string]struct{ text, says string }{
		"no list":                 {"wechat: {accounts: main}", "is not a list; write an entry with name, user_name, app_id and token_file"},
		"a text":                  {of("hush"), "entry 1 without settings"},
		"a misspelt setting":      {of("{name: a, user_nam: x}"), "did you mean user_name?"},
		"a secret by value":       {of("{name: a, token: hush}"), `has "token", which nothing reads`},
		"a number":                {of("{name: 7}"), "entry 1 has a name that is not text"},
		"no name":                 {of("{user_name: gh_a}"), "entry 1 has no plain name"},
		"a name in capitals":      {of(second("A", "gh_a", "wxa")), "no plain name"},
		"a name with a dot":       {of(second("a.b", "gh_a", "wxa")), "no plain name"},
		"a name with a slash":     {of(second("a/b", "gh_a", "wxa")), "no plain name"},
		"a long name":             {of(second(strings.Repeat("a", 33), "gh_a", "wxa")), "no plain name"},
		"one name twice":          {of(right(), second("a", "gh_b", "wxb")), "has the name a twice"},
		"no user name":            {of("{name: a}"), `a has the user_name "": not an original id`},
		"an odd user name":        {of(second("a", "wxa", "wxa")), "not an original id"},
		"one user name twice":     {of(right(), second("b", "gh_a", "wxb")), "b has the user_name of another mini program"},
		"no app id":               {of("{name: a, user_name: gh_a}"), `a has the app_id "": not an app id`},
		"an odd app id":           {of(second("a", "gh_a", "gh_a")), "not an app id"},
		"one app id twice":        {of(right(), second("b", "gh_b", "wxa")), "b has the app_id of another mini program"},
		"an unknown mode":         {of(right("mode: safe")), `a has the mode "safe"`},
		"no token":                {of("{name: a, user_name: gh_a, app_id: wxa}"), "a has no token_file"},
		"no key":                  {of(fmt.Sprintf("{name: a, user_name: gh_a, app_id: wxa, token_file: %q}", token)), "a has no aes_key_file"},
		"no key, compatible":      {of(fmt.Sprintf("{name: a, user_name: gh_a, app_id: wxa, mode: compatible, token_file: %q}", token)), "a has no aes_key_file"},
		"an unknown call":         {of(right(calls + "[updatePath, update_path]")), `a: its calls has "update_path"`},
		"a call twice":            {of(right(calls + "[updatePath, updatePath]")), "a: its calls has updatePath twice"},
		"a call without a secret": {of(right("calls: [updatePath]")), "a: its app_secret_file is not set"},
		"updateOrder, no page":    {of(right(calls + "[updateOrder]")), "a: its wxa_path is not set"},
		"an unknown placeholder":  {of(right(calls+"[updateOrder]", "wxa_path: 'p?i={order_id}'")), "{shop_id}, {shop_order_id}, {waybill_id}"},
		"a placeholder in one":    {of(right("wxa_path: 'p?i={shop_{shop_id}id}'")), "a brace that belongs to no placeholder"},
		"an open placeholder":     {of(right("wxa_path: 'p?i={shop_id'")), "a brace that belongs to no placeholder"},
		"a page with a space":     {of(right("wxa_path: 'p?i= {shop_id}'")), "a: its wxa_path has a space"},
		"too many":                {of(many...), "has 33 entries; use at most 32"},
		"no token's file":         {of(strings.ReplaceAll(right(), token, "/none")), "a: its token_file names a file that cannot be read"},
		"an empty token":          {of(strings.ReplaceAll(right(), token, write(t, "\n"))), "a: its token_file names a file that is empty"},
		"a token of two words":    {of(strings.ReplaceAll(right(), token, write(t, "hush hush"))), "a: its token_file names a file that has a space"},
		"a wrong key":             {of(strings.ReplaceAll(right(), key, write(t, "hush"))), "a: its aes_key_file names a file that is not 43 letters and digits"},
		"a wrong former key":      {of(right("previous_aes_key_file: " + write(t, "hush"))), "a: its previous_aes_key_file names a file that is not 43"},
		"a wrong former token":    {of(right("previous_token_file: " + write(t, "a\tb"))), "a: its previous_token_file names a file that has a space"},
		"a wrong app secret":      {of(right("app_secret_file: " + write(t, "hush hush"))), "a: its app_secret_file names a file that has a space"},
		"a secret of another":     {of(right(), second("b", "gh_b", "wxb")), "b has as its token what a has as a secret"},
		"a key of another":        {of(right(), strings.ReplaceAll(second("b", "gh_b", "wxb"), token, write(t, goodToken))), "b has as its aes_key what a has as a secret"},
		"a former token of another": {of(right("previous_token_file: "+write(t, goodToken)), strings.NewReplacer(token, write(t, goodToken), key, write(t, oldKey)).Replace(second("b", "gh_b", "wxb"))),
			"b has as its token what a has as a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := forServing(t, tc.text)
			if err == nil {
				t.Fatal("accepted")
			}
			onlyProblem(t, strings.Split(err.Error(), "\n"), "wechat.accounts ", tc.says)
			for _, hidden := range []string{"CARRIERHOOK_", "hush", goodToken, otherToken, testKey} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("%v has %s", err, hidden)
				}
			}
		})
	}
	onlyProblem(t, loadProblems(t, NeedNothing, "", "CARRIERHOOK_WECHAT_ACCOUNTS=hush"), "only the configuration file can hold; write it there and unset CARRIERHOOK_WECHAT_ACCOUNTS")
}

// All that is wrong is said at once, a line for each mini program.
func TestAccountProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := forServing(t, "wechat: {accounts: [{name: a}, {name: b, user_name: gh_b}, {}]}")
	if err == nil || strings.Count(err.Error(), "\n") != 2 || strings.Count(err.Error(), "wechat.accounts ") != 3 {
		t.Errorf("got %v", err)
	}
}

// A mini program is named in one way.
func TestAccountsBothWays(t *testing.T) {
	t.Parallel()
	text := accountsFile(t)
	for name, value := range map[string]string{
		"user_name": "gh_x", "app_id": "wxx", "token": "x", "aes_key": testKey, "previous_token": "x", "previous_aes_key": testKey, "mode": "plain",
		"app_secret_file": "/x", "calls": "updatePath", "wxa_path": "p",
	} {
		_, _, err := forServing(t, text, envName("wechat."+name)+"="+value)
		if err == nil {
			t.Errorf("%s beside accounts is accepted", name)
			continue
		}
		onlyProblem(t, strings.Split(err.Error(), "\n"), "wechat.accounts is set, and so is wechat."+name+",", "of several name all in accounts and unset the single settings")
	}
	for _, neutral := range []string{"CARRIERHOOK_WECHAT_MODE=secure", "CARRIERHOOK_WECHAT_TOKEN=", "CARRIERHOOK_WECHAT_DEADLINE=3500ms"} {
		if _, _, err := forServing(t, text, neutral); err != nil {
			t.Errorf("%s: %v", neutral, err)
		}
	}
}

// Calls of the one mini program need what they are made with, when they are made.
func TestCalls(t *testing.T) {
	t.Parallel()
	secret := "CARRIERHOOK_WECHAT_APP_SECRET_FILE=" + write(t, "hush")
	for name, tc := range map[string]struct {
		environ []string
		key     string // "": nothing is wrong
	}{
		"none":                      {nil, ""},
		"all":                       {[]string{secret, "CARRIERHOOK_WECHAT_CALLS=updatePath,updateOrder,updateBusiness", "CARRIERHOOK_WECHAT_WXA_PATH=/p?i={waybill_id}"}, ""},
		"a secret and no call":      {[]string{secret}, ""},
		"no secret":                 {[]string{"CARRIERHOOK_WECHAT_CALLS=updateBusiness"}, "wechat.app_secret_file"},
		"no page":                   {[]string{secret, "CARRIERHOOK_WECHAT_CALLS=updateOrder"}, "wechat.wxa_path"},
		"an unknown placeholder":    {[]string{"CARRIERHOOK_WECHAT_WXA_PATH=p?i={token}"}, "wechat.wxa_path"},
		"an unknown call":           {[]string{secret, "CARRIERHOOK_WECHAT_CALLS=addPath"}, "wechat.calls"},
		"a secret that is no file":  {[]string{"CARRIERHOOK_WECHAT_APP_SECRET_FILE=hush"}, "wechat.app_secret_file"},
		"an empty secret":           {[]string{"CARRIERHOOK_WECHAT_APP_SECRET_FILE=" + write(t, "\n")}, "wechat.app_secret_file"},
		"a secret of two words":     {[]string{"CARRIERHOOK_WECHAT_APP_SECRET_FILE=" + write(t, "hush hush")}, "wechat.app_secret_file"},
		"certificates that are not": {[]string{"CARRIERHOOK_WECHAT_API_CA_FILE=" + write(t, "hush")}, "wechat.api_ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := load(write(t, ""), NeedServe, serving(tc.environ...))
			if tc.key == "" {
				must(t, err)
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			onlyProblem(t, strings.Split(err.Error(), "\n"), tc.key+" ("+envName(tc.key)+") ", "; ")
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
}

// What weakens one of several mini programs is warned of by its name.
func TestAccountWarnings(t *testing.T) {
	t.Parallel()
	_, warnings, err := forServing(t, accountsFile(t))
	must(t, err)
	if len(warnings) != 1 || warnings[0].Kind != warnPlainMode || !strings.HasPrefix(warnings[0].Text, "wechat.accounts: the mode of brand-b is plain") {
		t.Errorf("got %q", warnings)
	}
	weak, open := write(t, "xyz"), write(t, "hush")
	chmod(t, open, 0o666)
	_, warnings, err = forServing(t, accountsFile(t, "    previous_token_file: "+weak, "    app_secret_file: "+open), "CARRIERHOOK_WECHAT_API_URL=http://api.internal")
	must(t, err)
	for kind, begins := range map[string]string{
		warnWeakSecret: "wechat.accounts: the previous_token of brand-b has fewer than 16 characters", warnFileWritable: "secret file " + open,
		warnClearEndpoint: "wechat.api_url (CARRIERHOOK_WECHAT_API_URL) is a URL with http",
	} {
		if !slices.ContainsFunc(warnings, func(w Warning) bool { return w.Kind == kind && strings.HasPrefix(w.Text, begins) }) {
			t.Errorf("no %s in %q", kind, warnings)
		}
	}
	for _, w := range warnings {
		if strings.Contains(w.Text, "xyz") || strings.Contains(w.Text, "hush") {
			t.Errorf("%q shows a secret", w.Text)
		}
	}
}

// The list that docs/deploying.md shows is one that is read.
func TestDocumentedAccounts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs/deploying.md"))
	must(t, err)
	_, section, _ := strings.Cut(string(page), "\n## Several mini programs\n")
	_, block, _ := strings.Cut(section, "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	for i := range 2 { // what is left out there
		block = strings.Replace(block, "gh_...", fmt.Sprint("gh_", i), 1)
		block = strings.Replace(block, "wx...", fmt.Sprint("wx", i), 1)
	}
	got := mustLoad(t, block).Accounts()
	if len(got) != 2 || got[0].Name != "express" || got[0].Mode != "secure" || got[1].Name != "instant" || got[1].Mode != "compatible" {
		t.Errorf("got %v", got)
	}
}
