package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Account is a mini program of the carrier's: how its pushes are believed, and which calls
// are made to WeChat for it. Its text is its name.
type Account struct {
	Name     string // of ours; that of the single settings is called main
	UserName string // gh_..., WeChat's
	AppID    string
	Mode     string
	Calls    []string // of CallNames; none: WeChat is not called
	WxaPath  string   // what updateOrder says as wxa_path, with placeholders

	// Files of an entry of wechat.accounts.
	TokenFile, AESKeyFile, PreviousTokenFile, PreviousAESKeyFile, AppSecretFile string

	// What is in the files, of a configuration that was loaded for a need of it.
	Token, AESKey, PreviousToken, PreviousAESKey, AppSecret Secret
}

func (a Account) String() string { return a.Name }

// The calls that are made to WeChat by themselves.
const (
	CallUpdatePath     = "updatePath"     // of each scan of a waybill
	CallUpdateOrder    = "updateOrder"    // of each status of an instant delivery
	CallUpdateBusiness = "updateBusiness" // of the review of a merchant
)

// CallNames lists the calls.
func CallNames() []string { return []string{CallUpdatePath, CallUpdateOrder, CallUpdateBusiness} }

// WxaPathFields are what the placeholders of a wxa_path may name.
func WxaPathFields() []string { return []string{"shop_id", "shop_order_id", "waybill_id"} }

const (
	accountsKey = "wechat.accounts"
	maxAccounts = 32 // each has its own series of metrics
	onlyAccount = "main"
)

// Accounts are the mini programs: those of wechat.accounts, or the one of the single settings.
func (c Config) Accounts() []Account {
	w := c.WeChat
	if len(w.Accounts) > 0 {
		return w.Accounts
	}
	return []Account{{
		Name: onlyAccount, UserName: w.UserName, AppID: w.AppID, Mode: w.Mode, Calls: w.Calls, WxaPath: w.WxaPath, AppSecretFile: w.AppSecretFile,
		Token: w.Token, AESKey: w.AESKey, PreviousToken: w.PreviousToken, PreviousAESKey: w.PreviousAESKey, AppSecret: w.AppSecret,
	}}
}

func parseAccounts(raw any) ([]Account, error) {
	return parseEntries(raw, "name, user_name, app_id and token_file", "mini program", func(given map[string]any) (a Account, err error) {
		err = parseEntry(given, map[string]any{
			"name": &a.Name, "user_name": &a.UserName, "app_id": &a.AppID, "mode": &a.Mode,
			"token_file": &a.TokenFile, "aes_key_file": &a.AESKeyFile,
			"previous_token_file": &a.PreviousTokenFile, "previous_aes_key_file": &a.PreviousAESKeyFile,
			"app_secret_file": &a.AppSecretFile, "calls": &a.Calls, "wxa_path": &a.WxaPath,
		})
		a.Mode = cmp.Or(a.Mode, Default().WeChat.Mode)
		return a, err
	})
}

// checkAccounts finds what is wrong with each mini program, and whether one is named in both
// ways.
func (c Config) checkAccounts(need Need, f *problems) {
	w := c.WeChat
	if len(w.Accounts) == 0 {
		if setting, err := badCalls(c.Accounts()[0], need == NeedServe); err != nil {
			f.keyf("wechat."+setting, "%w", err)
		}
		return
	}
	if single := w.singleSettings(); len(single) > 0 {
		f.keyf(accountsKey, "is set, and so is %s, for another mini program or the same; of one mini program set the single settings and no accounts, "+
			"of several name all in accounts and unset the single settings", strings.Join(single, ", "))
		return
	}
	if len(w.Accounts) > maxAccounts {
		f.keyf(accountsKey, "has %d entries; use at most %d", len(w.Accounts), maxAccounts)
		return
	}
	for i, a := range w.Accounts {
		before := w.Accounts[:i]
		same := func(what func(Account) string) bool {
			return slices.ContainsFunc(before, func(b Account) bool { return what(b) == what(a) })
		}
		setting, err := badCalls(a, true)
		switch {
		case !endpointName.MatchString(a.Name):
			f.entryf(accountsKey, "entry %d has no plain name; give it one of at most 32 small letters, digits, _ and -", i+1)
		case same(Account.String):
			f.entryf(accountsKey, "has the name %s twice; give each mini program its own", a.Name)
		case !originalID.MatchString(a.UserName):
			f.entryf(accountsKey, "%s has the user_name %q: not %s", a.Name, a.UserName, originalIDForm)
		case same(func(a Account) string { return a.UserName }):
			f.entryf(accountsKey, "%s has the user_name of another mini program; copy its own from WeChat's console", a.Name)
		case !appID.MatchString(a.AppID):
			f.entryf(accountsKey, "%s has the app_id %q: not %s", a.Name, a.AppID, appIDForm)
		case same(func(a Account) string { return a.AppID }):
			f.entryf(accountsKey, "%s has the app_id of another mini program; copy its own from WeChat's console", a.Name)
		case !slices.Contains(modes, a.Mode):
			f.entryf(accountsKey, "%s has the mode %q, which is not known; use one of %s", a.Name, a.Mode, strings.Join(modes, ", "))
		case a.TokenFile == "":
			f.entryf(accountsKey, "%s has no token_file; name a file that holds the Token of its message push", a.Name)
		case a.AESKeyFile == "" && a.Mode != "plain":
			f.entryf(accountsKey, "%s has no aes_key_file; name a file that holds the EncodingAESKey of its message push (only mode plain does without)", a.Name)
		case err != nil:
			f.entryf(accountsKey, "%s: its %s %w", a.Name, setting, err)
		}
	}
}

// singleSettings are those that are set of one mini program alone. A mode that is the
// default says nothing.
func (w WeChat) singleSettings() (set []string) {
	for _, s := range []struct {
		name string
		set  bool
	}{
		{"user_name", w.UserName != ""}, {"app_id", w.AppID != ""}, {"token", w.Token != ""}, {"aes_key", w.AESKey != ""},
		{"previous_token", w.PreviousToken != ""}, {"previous_aes_key", w.PreviousAESKey != ""}, {"mode", w.Mode != Default().WeChat.Mode},
		{"app_secret_file", w.AppSecretFile != ""}, {"calls", len(w.Calls) > 0}, {"wxa_path", w.WxaPath != ""},
	} {
		if s.set {
			set = append(set, "wechat."+s.name)
		}
	}
	return set
}

// badCalls says which setting of a mini program's calls is wrong, and why. all tells whether
// one that is missing is.
func badCalls(a Account, all bool) (setting string, err error) {
	for i, call := range a.Calls {
		switch {
		case !slices.Contains(CallNames(), call):
			return "calls", fmt.Errorf("has %q, which is no call that is made by itself; use some of %s", call, strings.Join(CallNames(), ", "))
		case slices.Contains(a.Calls[:i], call):
			return "calls", fmt.Errorf("has %s twice; name each call once", call)
		}
	}
	left := wxaPathFields.Replace(a.WxaPath)
	switch {
	case all && len(a.Calls) > 0 && a.AppSecretFile == "" && a.AppSecret == "":
		return "app_secret_file", errors.New("is not set, and WeChat is to be called; name a file that holds the mini program's AppSecret, which WeChat's console shows once")
	case strings.ContainsFunc(a.WxaPath, odd):
		return "wxa_path", errors.New("has a space, a line break or another invisible character in it; write it again, with %20 for a space")
	case strings.ContainsAny(left, "{}"):
		return "wxa_path", fmt.Errorf("is %q: has a brace that belongs to no placeholder; the placeholders are {%s}", a.WxaPath, strings.Join(WxaPathFields(), "}, {"))
	case all && a.WxaPath == "" && slices.Contains(a.Calls, CallUpdateOrder):
		return "wxa_path", errors.New("is not set, and updateOrder has to name a page of the mini program; write its path, such as pages/order?id={shop_order_id}")
	}
	return "", nil
}

// wxaPathFields takes the placeholders out of a path.
var wxaPathFields = func() *strings.Replacer {
	var pairs []string
	for _, name := range WxaPathFields() {
		pairs = append(pairs, "{"+name+"}", "")
	}
	return strings.NewReplacer(pairs...)
}()

// The forms of ids, in words.
const (
	originalIDForm = "an original id, which is gh_ with letters, digits, _ or - behind it; copy it from WeChat's console again, not the app id or a name"
	appIDForm      = "an app id, which is wx with letters and digits behind it; copy it from WeChat's console again, not the original id"
)

var modes = []string{"plain", "compatible", "secure"}

// secretForm says what is wrong with a secret, without it.
type secretForm func(Secret) error

func badToken(s Secret) error {
	if strings.ContainsFunc(s.Value(), odd) {
		return errors.New("has a space, a line break or another invisible character in it; copy it again")
	}
	return nil
}

// aesKey is the form of an EncodingAESKey: 32 bytes in base64 without the
// final "=". WeChat's own has letters and digits only.
var aesKey = regexp.MustCompile(`^[A-Za-z0-9+/]{43}$`)

func badAESKey(s Secret) error {
	if !aesKey.MatchString(s.Value()) {
		return fmt.Errorf("is not 43 letters and digits (it has %d bytes); copy the EncodingAESKey from WeChat's console again", len(s))
	}
	return nil
}
