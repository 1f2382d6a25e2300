//go:build interop

package interop

import (
	"regexp"
	"strings"
	"testing"
)

// What the README, docs/try.md and docs/api.md show in blocks of commands is what a
// real sh says with the real curl, jq and date, beside a demonstration that has just begun.
func TestInteropConsoleDocs(t *testing.T) {
	for _, doc := range []struct {
		name, from string
		to         string // where it ends; "": at the document's end
		commands   int    // at the least
	}{
		{"README.md", "## One push", "## Read on", 1},
		{"docs/try.md", "## Pushes", "## With only curl", 9},
		{"docs/api.md", "## Try it", "", 25},
	} {
		t.Run(doc.name, func(t *testing.T) {
			_, text, found := strings.Cut(read(t, doc.name), "\n"+doc.from+"\n")
			if !found {
				t.Fatalf("no heading %q", doc.from)
			}
			if doc.to != "" {
				text, _, _ = strings.Cut(text, "\n"+doc.to+"\n")
			}
			d := demo(t)
			var lines, wants []string
			for _, b := range blocks(text, "console") {
				for line := range strings.Lines(b) {
					if command, ok := strings.CutPrefix(line, "$ "); ok {
						lines, wants = append(lines, d.here(strings.TrimSpace(command))), append(wants, "")
					} else {
						wants[len(wants)-1] += line
					}
				}
			}
			if len(lines) < doc.commands {
				t.Errorf("found only %d commands", len(lines))
			}
			for i, says := range d.pasted(lines) {
				got, want := constant(d.asWritten(says)), constant(wants[i])
				if got != want {
					t.Errorf("%s\n%s\nwant\n%s", lines[i], says, wants[i])
				}
			}
		})
	}
}

// constant is what a command says without what is new in every run.
func constant(says string) string {
	return renewed.ReplaceAllString(strings.TrimSpace(says), "...")
}

// renewed is as in cmd/server's test of these commands.
var renewed = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z|\b[12]\d{9}\b|\b[0-9a-f]{64}\b|"took_us": ?\d+|reply after [\d.]+[mµ]?s|sha256:[\w-]{43}|cursor=[\w-]+|(?:from|to)=[\w%.:-]+|<(?:finish|pickup)_code>\d{4}<|"(?:finish|pickup)_code":\d{4}|delivery_token \S+|<delivery_token>[^ ]+?</delivery_token>`)
