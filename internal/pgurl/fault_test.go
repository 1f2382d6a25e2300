package pgurl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Keys as the driver looks at them before it uses them.
const (
	plainKey     = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	encryptedKey = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0000000000000000\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
)

// file makes one of a test's own and returns its path.
func file(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Each part that the driver does not take is named, and what to do. Each row of faults
// is reached by the driver's own text.
func TestFaults(t *testing.T) {
	const at = "postgres://app:hush@127.0.0.1/x?"
	junk := file(t, "junk.pem", "hush")
	services := file(t, "services.conf", "[known]\nhost=/run\n")
	t.Setenv("PGSERVICEFILE", services) // so not parallel
	if _, err := Parse("postgres:///x?service=known"); err != nil {
		t.Errorf("a known service: %v", err)
	}
	var named []string
	for _, tc := range []struct{ url, says string }{
		{at + "sslmode", "has a parameter behind the ? without ="},
		{at + "sslmode=a=b", "more than one ="},
		{"postgres://[::1/x", "is not closed"},
		{"postgres://[]/x", "is empty"},
		{"postgres://[::1]x/x", "between ] and the port"},
		{"postgres://app:%zz@h/x", "write @ as %40"},
		{"host", "is not a Postgres URL"},
		{"host=a b", "is a list of key=value"},
		{at + "service=hush", "names a service (service, or PGSERVICE) that the service file does not have"},
		{at + "service=known&servicefile=/hush", "service file (PGSERVICEFILE"},
		{at + "sslcertmode=hush", "unknown sslcertmode"},
		{at + "connect_timeout=hush", "connect_timeout"},
		{"postgres://a:1,b:2,c/x?port=1,2", "number of ports"},
		{"postgres://app:hush/x", "has a port"},
		{given(t, "n17-root-certificate-is-not-there"), "names a root certificate (sslrootcert, or PGSSLROOTCERT) that is not there; name a file that is"},
		{at + "sslmode=verify-ca&sslrootcert=" + t.TempDir(), "names a root certificate (sslrootcert, or PGSSLROOTCERT) that cannot be read"},
		{at + "sslmode=verify-ca&sslrootcert=" + junk, "without a certificate in it"},
		{at + "sslmode=hush", "has an unknown sslmode (or PGSSLMODE); use verify-full"},
		{at + "sslmode=require&sslkey=" + junk, "has only one of sslcert and sslkey"},
		{at + "sslmode=require&sslcert=/hush&sslkey=/hush", "names a client key (sslkey, or PGSSLKEY) that is not there"},
		{at + "sslmode=require&sslcert=/hush&sslkey=" + junk, "without a key in it"},
		{at + "sslmode=require&sslcert=/hush&sslkey=" + file(t, "encrypted.pem", encryptedKey), "is encrypted; set sslpassword"},
		{at + "sslmode=require&sslpassword=hush&sslcert=/hush&sslkey=" + file(t, "encrypted.pem", encryptedKey), "does not open"},
		{at + "sslmode=require&sslcert=/hush&sslkey=" + file(t, "plain.pem", plainKey), "names a client certificate (sslcert, or PGSSLCERT) that is not there"},
		{at + "sslmode=require&sslcert=" + junk + "&sslkey=" + file(t, "plain.pem", plainKey), "do not belong together"},
		{at + "target_session_attrs=hush", "unknown target_session_attrs"},
		{at + "min_protocol_version=hush", "min_protocol_version"},
		{at + "channel_binding=hush", "unknown channel_binding"},
		{at + "require_auth=hush", "unknown require_auth"},
		{at + "pool_max_conns=hush", "pool_..."},
		{at + "default_query_exec_mode=hush", "has a parameter that the driver does not take"},
	} {
		_, err := Parse(tc.url)
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "; ") {
			t.Errorf("%q: got %v, want %q and what to do", tc.url, err, tc.says)
			continue
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: a part of it is shown: %v", tc.url, err)
		}
		named = append(named, err.Error())
	}
	for _, f := range faults {
		if f.driver != "system certificate pool" && !slices.ContainsFunc(named, func(s string) bool { return strings.HasPrefix(s, f.err.Error()) }) {
			t.Errorf("no text of the driver's is reached by %q", f.driver)
		}
	}
}

// The driver reads variables too: what is wrong with them is named likewise.
func TestFaultsOfVariables(t *testing.T) {
	for variable, says := range map[string]string{
		"PGSERVICE=hush":     "PGSERVICE",
		"PGSSLMODE=hush":     "PGSSLMODE",
		"PGPORT=hush":        "PGPORT",
		"PGSSLROOTCERT=hush": "PGSSLROOTCERT",
	} {
		t.Run(variable, func(t *testing.T) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
			t.Setenv("PGSERVICEFILE", file(t, "services.conf", "[known]\nhost=/run\n"))
			if _, err := Parse("postgres://app:pw@db/x"); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v", err)
			}
		})
	}
}
