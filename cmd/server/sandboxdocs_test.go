package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/receiver"
	"carrierhook/internal/wechat"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file of testdata, which -update writes where this is the run
// that may.
func golden(t *testing.T, name, got string, writes bool) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update && writes {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	if want := read(t, path); got != want {
		t.Errorf("%s\n got\n%s\nwant\n%s", path, got, want)
	}
}

// The commands of docs/sandbox.md, in their order, against the real server and
// a real Postgres: each gives the errcode that stands behind it, and the same
// bytes in every mode and format.
func TestSandboxDocs(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *program, mode wechat.Mode, f wechat.Format) {
		d := playWeChat(t, p, mode, f, nil)
		got := d.runDocs(t)
		golden(t, "sandbox.golden", got, mode == wechat.Secure && f == wechat.XML)
	})
}

// varies is what is new in every run: the ids of answers, tokens, WeChat's waybill
// numbers, and what is printed with one; quoted prices' tokens and the codes of an
// instant delivery.
var varies = regexp.MustCompile(`(rid: )[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|"[\w-]{131}"|("waybill_id":)"10\d{7}"|("print_html":)"[^"]*"|("delivery_token":)"[\w-]+"|("(?:finish|pickup)_code":)\d{4}`)

// runDocs runs the commands of docs/sandbox.md. It returns the merchant's
// answers, without what is new in each.
func (d *playedBox) runDocs(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	command, merchant := "", "http://"+d.merchant.Addr().String()
	sh := &shell{tb: t, vars: map[string]string{}}
	sh.onAnswer = func(url, says string) {
		if strings.HasPrefix(url, merchant) && strings.HasPrefix(command, "curl ") {
			fmt.Fprintf(&out, "%s\n\t%s\n", command[strings.IndexByte(command, '"'):], varies.ReplaceAllString(says, "$1$2$3$4$5..."))
		}
	}
	ran := 0
	for line := range strings.Lines(read(t, "../../docs/sandbox.md")) {
		line = strings.TrimSuffix(line, "\n")
		line = strings.ReplaceAll(line, sandboxListen, d.merchant.Addr().String())
		line = strings.ReplaceAll(line, sandboxControl, d.control.Addr().String())
		if !strings.HasPrefix(line, "curl ") && !assignment.MatchString(line) {
			continue
		}
		var expected string
		var found bool
		command, expected, found = strings.Cut(line, "  # ")
		says, _ := sh.do(command)
		if assignment.MatchString(line) {
			continue
		}
		ran++
		got := answered(t, says)
		if strings.HasPrefix(got, "quota ") {
			got = "0" // how many, the file says
		}
		if expected == "ok" {
			expected = "0"
		}
		if !found || expected != got {
			t.Errorf("%s\n got %s\nwant %s", command, says, expected)
		}
	}
	if ran < 30 {
		t.Errorf("only %d commands were found", ran)
	}
	return strings.NewReplacer(d.merchant.Addr().String(), "MERCHANT", d.control.Addr().String(), "CONTROL").Replace(out.String())
}

// docs/sandbox.md names every fault of the receiver of events.
func TestReceiverFaultsInDocs(t *testing.T) {
	t.Parallel()
	section := sectionOf(read(t, "../../docs/sandbox.md"), "## A receiver of events")
	for _, f := range receiver.Faults() {
		if !strings.Contains(section, "`"+string(f)+"`") {
			t.Errorf("the fault %s is not there", f)
		}
	}
}

// docs/sandbox.md names every fault of a carrier's call.
func TestCarrierCallsInDocs(t *testing.T) {
	t.Parallel()
	section := sectionOf(read(t, "../../docs/sandbox.md"), "## The calls of a carrier")
	for _, f := range sandbox.CallFaults() {
		if !strings.Contains(section, "`"+string(f)+"`") {
			t.Errorf("the fault %s is not there", f)
		}
	}
}

// The lines that a sandbox prints do what is written above them.
func TestMerchantLines(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	d := playWeChat(t, p, wechat.Secure, wechat.XML, nil)
	var says strings.Builder
	d.greet(&says, demo.File{}, "1")
	sh := &shell{tb: t, vars: map[string]string{}}
	var got []string
	sh.onAnswer = func(_, says string) { got = append(got, answered(t, says)) }
	for line := range strings.Lines(says.String()) {
		if strings.Contains(line, "curl ") {
			sh.do(strings.TrimSuffix(line, "\n"))
		}
	}
	if want := []string{"0", "0", "quota 209", "0", "0", "0", "0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if sh.vars["NUMBER"] == "" || sh.vars["WAYBILL"] == "" {
		t.Errorf("the numbers are %q", sh.vars)
	}
}
