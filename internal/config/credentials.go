package config

import (
	"regexp"
	"strings"
	"unicode"
)

// aesKey is the form of an EncodingAESKey: 32 bytes in base64 without the
// final "=". WeChat's own has letters and digits only.
var aesKey = regexp.MustCompile(`^[A-Za-z0-9+/]{43}$`)

// The ids as WeChat's console shows them. Their lengths are WeChat's to change.
var (
	originalID = regexp.MustCompile(`^gh_[0-9A-Za-z_-]+$`)
	appID      = regexp.MustCompile(`^wx[0-9A-Za-z]+$`)
)

func (c Config) checkCredentials(need Need, f *problems) {
	w := c.WeChat
	if need == NeedServe {
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
	written(f, "wechat.user_name", w.UserName, originalID, "an original id, which is gh_ with letters, digits, _ or - behind it; copy it from WeChat's console again, not the app id or a name")
	written(f, "wechat.app_id", w.AppID, appID, "an app id, which is wx with letters and digits behind it; copy it from WeChat's console again, not the original id")
	noWhiteSpace(f, "wechat.token", w.Token)
	noWhiteSpace(f, "wechat.previous_token", w.PreviousToken)
	checkAESKey(f, "wechat.aes_key", w.AESKey)
	checkAESKey(f, "wechat.previous_aes_key", w.PreviousAESKey)
}

// written refuses an id of another form. It is no secret, and is shown with what is
// invisible in it: with a line break at its end no push would be for this mini program.
func written(f *problems, name, value string, form *regexp.Regexp, meant string) {
	if value != "" && !form.MatchString(value) {
		f.keyf(name, "is %q: not %s", value, meant)
	}
}

// noWhiteSpace refuses what a careless copy adds to a token.
func noWhiteSpace(f *problems, name string, s Secret) {
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if strings.ContainsFunc(s.Value(), odd) {
		f.keyf(name, "has a space, a line break or another invisible character in it; copy it again")
	}
}

func checkAESKey(f *problems, name string, s Secret) {
	if s != "" && !aesKey.MatchString(s.Value()) {
		f.keyf(name, "is not 43 letters and digits (it has %d bytes); copy the EncodingAESKey from WeChat's console again", len(s))
	}
}
