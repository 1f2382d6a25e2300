package config

import (
	"regexp"
	"unicode"
)

// The ids as WeChat's console shows them. Their lengths are WeChat's to change.
var (
	originalID = regexp.MustCompile(`^gh_[0-9A-Za-z_-]+$`)
	appID      = regexp.MustCompile(`^wx[0-9A-Za-z]+$`)
)

func (c Config) checkCredentials(need Need, f *problems) {
	w := c.WeChat
	if need == NeedServe && len(w.Accounts) == 0 && !f.has(accountsKey) {
		const console = "is not set; copy it from WeChat's console, where message push is set up"
		if w.UserName == "" {
			f.keyf("wechat.user_name", "is not set; write the mini program's original id (gh_...), which WeChat's console shows")
		}
		if w.AppID == "" {
			f.keyf("wechat.app_id", "is not set; write the mini program's app id (wx...), which WeChat's console shows")
		}
		if w.Token == "" {
			f.keyf("wechat.token", console)
		}
		if w.AESKey == "" && w.Mode != "plain" {
			f.keyf("wechat.aes_key", console+" (only mode plain does without)")
		}
	}
	written(f, "wechat.user_name", w.UserName, originalID, originalIDForm)
	written(f, "wechat.app_id", w.AppID, appID, appIDForm)
	for _, s := range []struct {
		name  string
		value Secret
		form  secretForm
	}{
		{"wechat.token", w.Token, badToken}, {"wechat.previous_token", w.PreviousToken, badToken},
		{"wechat.aes_key", w.AESKey, badAESKey}, {"wechat.previous_aes_key", w.PreviousAESKey, badAESKey},
	} {
		if s.value == "" {
			continue
		}
		if err := s.form(s.value); err != nil {
			f.keyf(s.name, "%w", err)
		}
	}
}

// written refuses an id of another form. It is no secret, and is shown with what is
// invisible in it: with a line break at its end no push would be for this mini program.
func written(f *problems, name, value string, form *regexp.Regexp, meant string) {
	if value != "" && !form.MatchString(value) {
		f.keyf(name, "is %q: not %s", value, meant)
	}
}

// odd tells what a careless copy adds to a text.
func odd(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
