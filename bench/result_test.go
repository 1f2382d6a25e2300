package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A report takes the place of what has its name, and is written through no link that
// somebody put where everybody may write.
func TestReportWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "out", "report.json")
	must(t, os.WriteFile(victim, []byte("keep"), 0o600))
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	for _, link := range []string{path, path + ".new"} {
		must(t, os.Symlink(victim, link))
	}
	must(t, (&report{Commit: "abc"}).write(path))
	text, err := os.ReadFile(path)
	if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"commit": "abc"`) {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := os.ReadFile(victim); string(text) != "keep" || err != nil {
		t.Errorf("the victim has %q, %v", text, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 2 {
		t.Errorf("there are %v", left)
	}
}
