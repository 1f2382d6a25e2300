//go:build interop

package interop

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The commands of docs/sandbox.md, in their order, in a real sh with the real curl:
// each gives the errcode that stands behind it, and merchants the very answers that
// cmd/server's own reading of sh has got.
func TestInteropSandboxDocs(t *testing.T) {
	d := demo(t, "--sandbox-token-life", "1h") // as it is in that test
	var lines []string
	for line := range strings.Lines(read(t, "docs/sandbox.md")) {
		if line = strings.TrimSuffix(line, "\n"); command.MatchString(line) &&
			!strings.HasPrefix(line, "CARRIERHOOK_") && !strings.Contains(line, " --carrier ") { // those are beside another server
			lines = append(lines, d.here(line))
		}
	}
	var merchants strings.Builder
	ran := 0
	for i, says := range d.pasted(lines) {
		line, want, found := strings.Cut(lines[i], "  # ")
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		ran++
		got := merchantCode(t, says)
		if strings.HasPrefix(got, "quota ") || want == "ok" {
			got, want = strings.TrimLeft(got, "quota 0123456789"), "" // how many is in the file
		}
		if !found || got != want {
			t.Errorf("%s\n%s\nwant %s", line, says, want)
		}
		line = line[strings.IndexByte(line, '"'):]
		if !strings.HasPrefix(line, `"$C/`) {
			fmt.Fprintf(&merchants, "%s\n\t%s\n", line, varies.ReplaceAllString(says, "$1$2$3$4$5..."))
		}
	}
	if ran < 100 {
		t.Errorf("only %d commands were found", ran)
	}
	got := strings.NewReplacer(d.merchant, "MERCHANT", d.control, "CONTROL").Replace(merchants.String())
	was, want := strings.Split(got, "\n"), strings.Split(read(t, "cmd/server/testdata/sandbox.golden"), "\n")
	for i := range max(len(was), len(want)) {
		if i >= len(was) || i >= len(want) || was[i] != want[i] {
			t.Fatalf("merchants were told, from line %d on,\n%q\nwant\n%q", i+1, was[min(i, len(was)):], want[min(i, len(want)):])
		}
	}
}

// varies is what is new in every run, as in cmd/server's test of these commands.
var varies = regexp.MustCompile(`(rid: )[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|"[\w-]{131}"|("waybill_id":)"10\d{7}"|("print_html":)"[^"]*"|("delivery_token":)"[\w-]+"|("(?:finish|pickup)_code":)\d{4}`)
