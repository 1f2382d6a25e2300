package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

// The source of a commit comes, and nothing is left of it afterwards.
func TestWorktree(t *testing.T) {
	t.Parallel()
	repo, dir := repository(t), filepath.Join(t.TempDir(), "beside")
	worktrees := func() int {
		t.Helper()
		out, err := git(t.Context(), repo, "worktree", "list", "--porcelain")
		must(t, err)
		return strings.Count(out, "worktree ")
	}
	commit, remove, err := addWorktree(t.Context(), repo, dir, "HEAD~1")
	must(t, err)
	text, err := os.ReadFile(filepath.Join(dir, "name"))
	must(t, err)
	want, err := git(t.Context(), repo, "rev-parse", "--short=12", "HEAD~1")
	must(t, err)
	if string(text) != "first" || commit != want || worktrees() != 2 {
		t.Errorf("%q of %s, want first of %s; %d worktrees", text, commit, want, worktrees())
	}
	must(t, os.WriteFile(filepath.Join(dir, "built"), nil, 0o600)) // a change must not keep it
	must(t, remove())
	if _, err := os.Stat(dir); !os.IsNotExist(err) || worktrees() != 1 {
		t.Errorf("after it was removed: %v, %d worktrees", err, worktrees())
	}

	_, remove, err = addWorktree(t.Context(), repo, dir, "HEAD")
	must(t, err)
	must(t, os.RemoveAll(dir)) // somebody was faster
	must(t, remove())
	if worktrees() != 1 {
		t.Errorf("%d worktrees after its folder was gone", worktrees())
	}

	for _, wrong := range []string{"no-such-branch", "--help", "HEAD:name"} {
		if _, remove, err := addWorktree(t.Context(), repo, dir, wrong); err == nil || remove == nil {
			t.Errorf("%q is taken for a commit", wrong)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, remove, err := addWorktree(stopped, repo, dir, "HEAD"); err == nil || remove() != nil || worktrees() != 1 {
		t.Errorf("stopped: %v, %d worktrees", err, worktrees())
	}
}

// A bench that ends before its time removes the worktree too.
func TestWorktreeOfABenchThatFails(t *testing.T) {
	t.Parallel()
	repo, dir := repository(t), filepath.Join(t.TempDir(), "beside")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)) // git refuses a folder that has something
	if _, _, err := addWorktree(t.Context(), repo, dir, "HEAD"); err == nil {
		t.Fatal("a folder with something in it is taken")
	}
	out, err := git(t.Context(), repo, "worktree", "list", "--porcelain")
	must(t, err)
	if _, gone := os.Stat(dir); !os.IsNotExist(gone) || strings.Count(out, "worktree ") != 1 {
		t.Errorf("left: %v, %s", gone, out)
	}
}

// The tree's program has every setting that the bench sets, by the name that
// config.yaml has.
func TestSettingsOfTheTree(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "config.yaml"))
	must(t, err)
	p := &product{known: settingNames(string(text))}
	for _, name := range []string{"listen", "database_url", "wechat_max_in_flight", "delivery_tariff_base_km", "log_level"} {
		if !p.known[name] {
			t.Errorf("config.yaml has no %s: %v", name, p.known)
		}
	}
	if p.known["database_listen"] || p.known["secrets"] || p.known["delivery_level"] {
		t.Errorf("config.yaml is read wrong: %v", p.known)
	}
	b := &bench{plan: defaultPlan()}
	w := &database{product: p, url: "postgres://x"}
	for _, v := range slices.Concat(b.alone(w).env, b.served(w, secureXML, map[string]string{"api_tokens": apiTokens()}).env) {
		name, ours := strings.CutPrefix(v, "CARRIERHOOK_")
		name, _, _ = strings.Cut(name, "=")
		if ours && !p.known[strings.ToLower(name)] {
			t.Errorf("the tree has no setting %s", name)
		}
	}
}

// A program is given a setting by the name that it has for it.
func TestSettingNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, known, want string }{
		{"database_batch_workers", "database_batch_workers", "database_batch_workers"},
		{"database_batch_workers", "database_sets", "database_sets"},
		{"database_sets", "database_batch_workers", "database_batch_workers"},
		{"database_batch_size", "database_set_size", "database_set_size"},
		{"database_batch_size", "database_threads", "database_batch_size"}, // which it refuses
		{"shutdown_drain", "database_sets", ""},
		{"shutdown_drain", "shutdown_drain", "shutdown_drain"},
	} {
		if got := setting(c.name, map[string]bool{c.known: true}, renamed); got != c.want {
			t.Errorf("a program with %s is given %s as %q, want %q", c.known, c.name, got, c.want)
		}
	}
}
