package pgurl

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// texts are all errors that have nothing of the URL in them.
func texts() []string {
	all := []string{ErrForm.Error(), ErrEscape.Error(), ErrInvisible.Error(), ErrPairs.Error(), ErrParameter.Error()}
	for _, f := range faults {
		if f.file {
			for _, why := range []string{notThere, notReadable, notAllowed} {
				all = append(all, f.err.Error()+" "+why)
			}
			continue
		}
		all = append(all, f.err.Error())
	}
	return all
}

// Whatever a password is, and however it is put into the URL: no error has a part of it,
// and of what is taken no other field has: no name is looked up, and no line of the log
// names a database, that is a piece of a password.
func FuzzPassword(f *testing.F) {
	for _, s := range []string{
		"", "pw", "top@SECRETTAIL", "12/SECRETTAIL", "a#b", "a?b", "a%b", "a%41", "a b", " a", "a:b", "a,b", "[a]", "a'b", `a\b`, "a@b?sslmode=c", "1/x?host=a",
		"1?a/b=c", "a&b=c", "pässwörd", "\x00", "\xff", "a\n", "a@b:5432/x?user=c", "x@", "/", "@", "%", "密码", "a host=b",
	} {
		f.Add(s)
	}
	known := texts()
	f.Fuzz(func(t *testing.T, password string) {
		decoded, err := url.PathUnescape(password)
		if err != nil {
			decoded = password // and then it is refused
		}
		escaped := strings.ReplaceAll(url.QueryEscape(password), "+", "%20")
		for form, want := range map[string]string{
			"postgres://app:" + password + "@127.0.0.1:5432/carrierhook?sslmode=disable": decoded,
			"postgres://app:" + escaped + "@127.0.0.1:5432/carrierhook?sslmode=disable":  password,
			"host=127.0.0.1 password=" + password + " sslmode=disable":                   "",
			password: "",
		} {
			cfg, err := Parse(form)
			if err != nil {
				if !slices.Contains(known, err.Error()) {
					t.Errorf("%q: the error is none of those that are known to show nothing: %v", form, err)
				}
				if strings.Contains(form, ":"+escaped+"@") && !strings.Contains(password, "\x00") {
					t.Errorf("%q is escaped, and refused: %v", form, err)
				}
				continue
			}
			if !strings.HasPrefix(form, "postgres://app:") {
				continue
			}
			c := cfg.ConnConfig
			if c.User != "app" || c.Host != "127.0.0.1" || c.Port != 5432 || c.Database != "carrierhook" || len(c.Fallbacks)+len(c.RuntimeParams) > 0 {
				t.Errorf("%q: read as user %q, host %q, port %d, database %q and %q", form, c.User, c.Host, c.Port, c.Database, c.RuntimeParams)
			}
			if want != "" && c.Password != want {
				t.Errorf("%q: the password is read as %q", form, c.Password)
			}
		}
	})
}
