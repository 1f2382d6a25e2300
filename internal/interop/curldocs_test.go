//go:build interop

package interop

import (
	"strings"
	"testing"
)

// The push that the README makes with nothing but sh, sed, sha1sum and curl is taken,
// in XML and in JSON, and answered as the README says; and the URL check too.
func TestInteropCurlDocs(t *testing.T) {
	text := section(t, "README.md", "## A push with nothing but curl")
	start, commands := blocks(text, "sh")[0], blocks(text, "sh")[1:]
	flags, found := strings.CutPrefix(strings.TrimSpace(start), "bin/server demo ")
	if !found || len(commands) != 3 {
		t.Fatalf("the README begins with %q and has %d blocks more", start, len(commands))
	}
	said := demo(t, strings.Fields(flags)...).pasted(commands)
	answers := append(blocks(text, ""), "4375120948345356249\n")
	if len(answers) != len(commands) {
		t.Fatalf("the README has %d answers", len(answers))
	}
	for i, want := range answers {
		if constant(said[i]) != constant(want) {
			t.Errorf("%s\n%s\nwant\n%s", commands[i], said[i], want)
		}
	}
}
