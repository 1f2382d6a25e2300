//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// The push that docs/try.md makes with nothing but sh, curl and what Linux and macOS
// have is accepted, in XML and in JSON, and answered as the page says; and the URL check
// too. macOS has shasum and, in older versions, no sha1sum.
func TestInteropCurlDocs(t *testing.T) {
	text := section(t, "docs/try.md", "## With only curl")
	start, commands := blocks(text, "sh")[0], blocks(text, "sh")[1:]
	flags, found := strings.CutPrefix(strings.TrimSpace(start), "bin/server demo ")
	if !found || len(commands) != 3 {
		t.Fatalf("the page begins with %q and has %d blocks more", start, len(commands))
	}
	answers := append(blocks(text, ""), "4375120948345356249\n")
	if len(answers) != len(commands) {
		t.Fatalf("the page has %d answers", len(answers))
	}
	for name, path := range map[string]string{
		"Linux": onlyPrograms(t, "curl", "date", "sed", "sha1sum", "sort", "tr"),
		"macOS": onlyPrograms(t, "curl", "date", "sed", "shasum", "sort", "tr"),
	} {
		t.Run(name, func(t *testing.T) {
			said := demo(t, strings.Fields(flags)...).pasted(append([]string{"PATH=" + path}, commands...))[1:]
			for i, want := range answers {
				if constant(said[i]) != constant(want) {
					t.Errorf("%s\n%s\nwant\n%s", commands[i], said[i], want)
				}
			}
		})
	}
}

// onlyPrograms is a folder with these programs and no other.
func onlyPrograms(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		storetest.Must(t, err)
		storetest.Must(t, os.Symlink(path, filepath.Join(dir, name)))
	}
	return dir
}
