package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/config"
)

// makesToken runs `token` and returns the two lines that it prints.
func makesToken(tb testing.TB, args ...string) (secret, setting string) {
	tb.Helper()
	out, err := cli{tb: tb, dir: tb.TempDir()}.run(append([]string{"token"}, args...)...)
	lines := strings.Split(out, "\n")
	if err != nil || len(lines) != 3 || lines[2] != "" {
		tb.Fatalf("token %q: %v\n%s", args, err, out)
	}
	return lines[0], lines[1]
}

// A token is 32 random bytes on the first line and its hash on the second, as the
// configuration takes it; two are never the same.
func TestToken(t *testing.T) {
	t.Parallel()
	secrets := map[string]bool{}
	for _, tc := range []struct {
		args   []string
		scopes string
	}{
		{[]string{"dispatch"}, "read"},
		{[]string{"dispatch", "--scope", "scans"}, "scans"},
		{[]string{"--scope", "read+personal", "dispatch"}, "read+personal"},
	} {
		secret, setting := makesToken(t, tc.args...)
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(secret) || secrets[secret] {
			t.Errorf("%q: the token is %q", tc.args, secret)
		}
		secrets[secret] = true
		want, err := config.NewToken("dispatch", tc.scopes, secret)
		if err != nil || setting != want.Value() {
			t.Errorf("%q: the setting is %q, want %q, %v", tc.args, setting, want.Value(), err)
		}
	}
	for _, old := range []string{"write", "read+write"} {
		cli{tb: t, dir: t.TempDir()}.refuses("scans+waybills+merchants", "token", "dispatch", "--scope", old)
	}
	for _, args := range [][]string{{}, {"Dispatch"}, {"a", "b"}, {"a:b"}, {"dispatch", "--scope", "all"}, {"dispatch", "--scope", "read+read"}, {"dispatch", "--scope", ""}, {""}} {
		cmd := process(t.TempDir(), nil, append([]string{"token"}, args...)...)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Run(); err == nil || out.Len() != 0 {
			t.Errorf("token %q: %v\n%s", args, err, out.String())
		}
	}
}
