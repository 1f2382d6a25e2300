//go:build interop

package interop

import (
	"os/exec"
	"path"
	"strings"
	"testing"
)

// tracked are the files of the repository, those that were just made too.
func tracked(tb testing.TB, patterns ...string) []string {
	tb.Helper()
	cmd := exec.Command("git", append([]string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}, patterns...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("git: %v", err)
	}
	return strings.Fields(string(out))
}

// shellcheck has nothing against our scripts, nor against the one that
// docs/deploying.md prints. What it passes over: `a= b=`, which empties both
// (1007), and functions that a trap or a variable calls (2317, later 2329).
func TestInteropShellScripts(t *testing.T) {
	check := func(name, text string) {
		t.Helper()
		if _, err := says(t, text, "shellcheck", "--norc", "--exclude=SC1007,SC2317,SC2329", "-"); err != nil {
			said, _ := says(t, text, "shellcheck", "--norc", "--exclude=SC1007,SC2317,SC2329", "--format=gcc", "-")
			t.Errorf("%s:\n%s%v", name, said, err)
		}
	}
	scripts := 0
	for _, name := range tracked(t) {
		if path.Ext(name) == ".sh" || path.Ext(name) == "" && strings.HasPrefix(read(t, name), "#!") {
			scripts++
			check(name, read(t, name))
		}
	}
	if scripts < 4 {
		t.Errorf("found only %d scripts", scripts)
	}
	printed := 0
	for _, text := range blocks(section(t, "docs/deploying.md", "## Behind a TLS proxy"), "sh") {
		if strings.HasPrefix(text, "#!") {
			printed++
			check("docs/deploying.md", text)
		}
	}
	if printed != 1 {
		t.Errorf("docs/deploying.md prints %d scripts", printed)
	}
}
