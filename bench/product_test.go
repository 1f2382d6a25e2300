package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/config"
)

// repository is one with two commits, whose names are in a file.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	run("init", "-q")
	for _, name := range []string{"first", "second"} {
		must(t, os.WriteFile(filepath.Join(dir, "name"), []byte(name), 0o600))
		run("add", ".")
		run("commit", "-q", "-m", name)
	}
	return dir
}

// The source of a commit comes, and nothing of it is in the repository.
func TestCheckOut(t *testing.T) {
	t.Parallel()
	repo, dir := repository(t), filepath.Join(t.TempDir(), "beside")
	files := func() (names string) {
		must(t, filepath.WalkDir(repo, func(path string, _ fs.DirEntry, err error) error {
			names += path + "\n"
			return err
		}))
		return names
	}
	before := files()
	for _, wrong := range []string{"no-such-branch", "--help", "HEAD:name"} {
		if _, err := checkOut(t.Context(), repo, dir, wrong); err == nil {
			t.Errorf("%q is taken for a commit", wrong)
		}
	}
	want, err := git(t.Context(), repo, "rev-parse", "--short=12", "HEAD~1")
	must(t, err)
	commit, err := checkOut(t.Context(), repo, dir, "HEAD~1")
	must(t, err)
	text, err := os.ReadFile(filepath.Join(dir, "name"))
	must(t, err)
	if string(text) != "first" || commit != want {
		t.Errorf("%q of %s, want first of %s", text, commit, want)
	}
	if now := files(); now != before {
		t.Errorf("the repository had\n%sand has\n%s", before, now)
	}
	if _, err := checkOut(t.Context(), repo, dir, "HEAD"); err == nil {
		t.Error("a folder with something in it is taken")
	}
}

// The tree's program has every setting that the bench sets.
func TestSettingsOfTheTree(t *testing.T) {
	b := &bench{plan: defaultPlan()}
	w := &database{product: &product{}, url: "postgres://x?sslmode=disable"}
	for _, v := range slices.Concat(b.alone(w).env, b.served(w, secureXML, map[string]string{"api_tokens": apiTokens()}).env) {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "CARRIERHOOK_") {
			t.Setenv(name, value)
		}
	}
	_, _, err := config.Load("", config.NeedServe)
	must(t, err)
}
