package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// warned are the kinds of the warnings in a log, in alphabetical order. Each says why.
func warned(tb testing.TB, log *output) (kinds []string) {
	tb.Helper()
	for line := range strings.Lines(log.String()) {
		var l struct{ Level, Msg, Why string }
		if json.Unmarshal([]byte(line), &l) != nil {
			continue
		}
		if kind, is := strings.CutPrefix(l.Msg, "configuration warning: "); is {
			kinds = append(kinds, kind)
			if l.Level != "warn" || !strings.Contains(l.Why, "; ") {
				tb.Errorf("it is no warning, or does not say what to do: %s", line)
			}
		}
	}
	slices.Sort(kinds)
	return kinds
}

// A server whose settings are weak, and whose files others may write and read, tells
// each once, serves, and shows no secret.
func TestUnsafeSettings(t *testing.T) {
	t.Parallel()
	const token = "qzqzqzqzqzqzqzqzqzqz"
	dir := t.TempDir()
	key := filepath.Join(dir, "aes_key")
	settings := filepath.Join(dir, "config.yaml")
	for path, text := range map[string]string{settings: "wechat: {mode: plain, timestamp_window: 0s}\n", key: testAESKey} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
	modes := func(ofDir, ofSettings, ofKey os.FileMode) {
		t.Helper()
		for path, mode := range map[string]os.FileMode{dir: ofDir, settings: ofSettings, key: ofKey} {
			must(t, os.Chmod(path, mode))
		}
	}
	byFile := []string{"CARRIERHOOK_WECHAT_AES_KEY=", "CARRIERHOOK_WECHAT_AES_KEY_FILE=" + key}
	url := withSamples(t)
	starts := func(env ...string) []string {
		t.Helper()
		cmd, p := servingIn(t, dir, url, append(env, byFile...)...)
		stops(t, cmd, p.log, syscall.SIGTERM)
		noSecrets(t, p.log.String())
		if strings.Contains(p.log.String(), token) {
			t.Errorf("the Token is in the log:\n%s", p.log)
		}
		return warned(t, p.log)
	}

	modes(0o755, 0o666, 0o644)
	want := []string{"file_writable", "no_window", "plain_mode", "secret_readable", "weak_secret"}
	if got := starts("CARRIERHOOK_WECHAT_TOKEN=" + token); !slices.Equal(got, want) {
		t.Errorf("warned of %q, want %q", got, want)
	}
	modes(0o755, 0o644, 0o400)
	if got := starts("CARRIERHOOK_WECHAT_MODE=secure", "CARRIERHOOK_WECHAT_TIMESTAMP_WINDOW=10m"); len(got) != 0 {
		t.Errorf("all is right, and it warns of %q", got)
	}
}

// In a namespace with a Service that is called carrierhook the program migrates and
// serves. One line says what the variables are.
func TestKubernetesServiceLinks(t *testing.T) {
	t.Parallel()
	links := []string{
		"CARRIERHOOK_SERVICE_HOST=10.0.0.7", "CARRIERHOOK_SERVICE_PORT=8080", "CARRIERHOOK_SERVICE_PORT_HTTP=8080", "CARRIERHOOK_PORT=tcp://10.0.0.7:8080",
		"CARRIERHOOK_PORT_8080_TCP=tcp://10.0.0.7:8080", "CARRIERHOOK_PORT_8080_TCP_ADDR=10.0.0.7", "CARRIERHOOK_PORT_8080_TCP_PORT=8080", "CARRIERHOOK_PORT_8080_TCP_PROTO=tcp",
	}
	url := withSamples(t)
	on(t, url, links...).says("up to date", "migrate")
	_, p := serving(t, url, links...)
	if got := warned(t, p.log); !slices.Contains(got, "service_links") || strings.Count(p.log.String(), "Kubernetes") != 1 {
		t.Errorf("warned of %q:\n%s", got, p.log)
	}
}
