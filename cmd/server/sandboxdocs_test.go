package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The commands of docs/sandbox.md, in their order, against the real server and
// a real Postgres: each gives the errcode that stands behind it, and the same
// bytes in every mode and format.
func TestSandboxDocs(t *testing.T) {
	t.Parallel()
	for _, mode := range wechat.Modes() {
		for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
			t.Run(fmt.Sprintf("%v/%v", mode, f), func(t *testing.T) {
				t.Parallel()
				p := start(t, testConfig(withSamples(t), mode))
				d := playWeChat(t, p, mode, f, nil)
				got := d.runDocs(t)
				path := filepath.Join("testdata", "sandbox.golden")
				if *update && mode == wechat.Secure && f == wechat.XML {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := read(t, path); got != want {
					t.Errorf("%s\n got\n%s\nwant\n%s", path, got, want)
				}
			})
		}
	}
}

var (
	assign  = regexp.MustCompile(`^([A-Z]+)=(?:'([^']*)'|"([^"]*)")$`)
	curl    = regexp.MustCompile(`curl -sS (?:-X ([A-Z]+) )?"([^"]+)"(?: -d (?:'([^']*)'|"((?:[^"\\]|\\.)*)"))?`)
	capture = regexp.MustCompile(`^([A-Z]+)=\$\((curl .*) \| sed -n 's/\.\*"(\w+)":`)
	varies  = regexp.MustCompile(`(rid: )[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|"[\w-]{131}"`)
)

// runDocs is a shell that knows what docs/sandbox.md needs, for curl need not be
// installed. It returns the merchant's answers, without what is new in each.
func (d *desk) runDocs(t *testing.T) string {
	t.Helper()
	vars := map[string]string{}
	expand := func(s string) string { return os.Expand(s, func(name string) string { return vars[name] }) }
	do := func(line string) (string, answer, string) {
		m := curl.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not understood: %s", line)
		}
		method, body := m[1], m[3]
		if m[4] != "" {
			body = expand(strings.ReplaceAll(m[4], `\"`, `"`))
		}
		switch {
		case method != "":
		case strings.Contains(line, " -d "):
			method = http.MethodPost
		default:
			method = http.MethodGet
		}
		url := expand(m[2])
		text, a := d.ask(method, url, body)
		return text, a, url
	}
	var out strings.Builder
	ran := 0
	for line := range strings.Lines(read(t, "../../docs/sandbox.md")) {
		line = strings.TrimSuffix(line, "\n")
		line = strings.ReplaceAll(line, sandboxListen, d.merchant.Addr().String())
		line = strings.ReplaceAll(line, sandboxControl, d.control.Addr().String())
		if m := assign.FindStringSubmatch(line); m != nil {
			vars[m[1]] = m[2] + expand(m[3])
			continue
		}
		if m := capture.FindStringSubmatch(line); m != nil {
			text, _, _ := do(m[2])
			vars[m[1]] = regexp.MustCompile(`"` + m[3] + `":"([^"]*)"`).FindStringSubmatch(text)[1]
			continue
		}
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		command, expected, found := strings.Cut(line, "  # ")
		text, a, url := do(command)
		ran++
		if !found || expected != "ok" && expected != a.String() || expected == "ok" && a != (answer{}) {
			t.Errorf("%s\n got %s\nwant %s", command, text, expected)
		}
		if strings.HasPrefix(url, "http://"+d.merchant.Addr().String()) {
			fmt.Fprintf(&out, "%s\n\t%s\n", command[strings.IndexByte(command, '"'):], varies.ReplaceAllString(text, "$1..."))
		}
	}
	if ran < 30 {
		t.Errorf("only %d commands were found", ran)
	}
	return strings.NewReplacer(d.merchant.Addr().String(), "MERCHANT", d.control.Addr().String(), "CONTROL").Replace(out.String())
}
