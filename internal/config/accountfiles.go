package config

import (
	"crypto/x509"
	"errors"
)

// readAccountFiles reads the secrets of the mini programs that a need has, and the
// certificates of the API. A problem shows no file's name: somebody may have written the
// secret in its place.
func (c *Config) readAccountFiles(need Need, f *problems, w *warnings) {
	calls := need == NeedServe || need == NeedCalls
	if calls {
		c.WeChat.AppSecret = readSetting(c.WeChat.AppSecretFile, "wechat.app_secret_file", f, w)
		c.readAPICA(f, w)
	}
	c.WeChat.Accounts = append([]Account(nil), c.WeChat.Accounts...)
	for i := range c.WeChat.Accounts {
		a := &c.WeChat.Accounts[i]
		for _, s := range []struct {
			setting, path string
			needed        bool
			form          secretForm
			into          *Secret
		}{
			{"token_file", a.TokenFile, need != NeedCalls, badToken, &a.Token},
			{"aes_key_file", a.AESKeyFile, need != NeedCalls, badAESKey, &a.AESKey},
			{"previous_token_file", a.PreviousTokenFile, need != NeedCalls, badToken, &a.PreviousToken},
			{"previous_aes_key_file", a.PreviousAESKeyFile, need != NeedCalls, badAESKey, &a.PreviousAESKey},
			{"app_secret_file", a.AppSecretFile, calls, badToken, &a.AppSecret},
		} {
			if s.path == "" || !s.needed {
				continue
			}
			secret, err := readSecretFile(s.path, s.form, w)
			if err != nil {
				f.entryf(accountsKey, "%s: its %s names a file that %w", a.Name, s.setting, err)
			}
			*s.into = secret
		}
	}
	checkShared(c.WeChat.Accounts, f)
}

// checkShared refuses a secret that two mini programs have: in mode plain whoever sees a push
// for one could make one for the other of it.
func checkShared(accounts []Account, f *problems) {
	of := map[Secret]string{} // the name of whose it is
	for _, a := range accounts {
		own := map[Secret]bool{}
		for _, s := range []struct {
			setting string
			value   Secret
		}{
			{"token", a.Token}, {"previous_token", a.PreviousToken}, {"aes_key", a.AESKey}, {"previous_aes_key", a.PreviousAESKey}, {"app_secret", a.AppSecret},
		} {
			if other := of[s.value]; s.value != "" && other != "" {
				f.entryf(accountsKey, "%s has as its %s what %s has as a secret; give each mini program its own, here and in WeChat's console", a.Name, s.setting, other)
				break
			}
			own[s.value] = true
		}
		for s := range own {
			of[s] = a.Name
		}
	}
}

func readSetting(path, key string, f *problems, w *warnings) Secret {
	if path == "" {
		return ""
	}
	secret, err := readSecretFile(path, badToken, w)
	if err != nil {
		f.keyf(key, "names a file that %w", err)
	}
	return secret
}

func readSecretFile(path string, form secretForm, w *warnings) (Secret, error) {
	text, err := readNamed("secret file", path, true, w)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", errors.New("is empty; write the value there")
	}
	return Secret(text), form(Secret(text))
}

func (c *Config) readAPICA(f *problems, w *warnings) {
	if c.WeChat.APICAFile == "" {
		return
	}
	text, err := readCertificates(c.WeChat.APICAFile, w)
	if err != nil {
		f.keyf("wechat.api_ca_file", "names a file that %w", err)
	}
	c.WeChat.APICA = text
}

// readCertificates reads a file of certificates in PEM.
func readCertificates(path string, w *warnings) (string, error) {
	text, err := readNamed("certificates", path, false, w)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		err = errors.New("has no certificate in PEM; write those of the authority there")
	}
	return text, err
}
