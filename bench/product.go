package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// besideSuffix marks the cases of the other commit.
const besideSuffix = " beside"

// product is a program that is measured: the tree's, or that of another commit
// beside it.
type product struct {
	suffix  string          // of its cases
	root    string          // of its source
	program string          // the server's
	known   map[string]bool // the names of its settings, with _ for the dot
}

// build makes the server's program as `make build` does, from the source at root.
func build(ctx context.Context, suffix, root, program string) (*product, error) {
	p := &product{suffix: suffix, root: root, program: program}
	progress("building the server%s", suffix)
	config, err := os.ReadFile(filepath.Join(root, "config.yaml"))
	if err != nil {
		return nil, err
	}
	p.known = settingNames(string(config))
	return p, tool(ctx, root, "go", append(os.Environ(), "CGO_ENABLED=0"), nil,
		"build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/server")
}

// build makes the programs that are measured: the tree's, and that of the commit
// of -beside, whose source is put into dir for as long as the bench runs.
func (b *bench) build(ctx context.Context) (remove func() error, err error) {
	remove = func() error { return nil }
	if b.plan.Beside != "" { // first, for the name may be wrong
		var commit string
		if commit, remove, err = addWorktree(ctx, ".", filepath.Join(b.dir, "beside"), b.plan.Beside); err != nil {
			return remove, err
		}
		b.besides = &besides{Commit: commit}
	}
	tree, err := build(ctx, "", ".", filepath.Join(b.dir, "server"))
	if err != nil {
		return remove, err
	}
	b.products = []*product{tree}
	if b.besides == nil {
		return remove, nil
	}
	other, err := build(ctx, besideSuffix, filepath.Join(b.dir, "beside"), filepath.Join(b.dir, "server-beside"))
	if err != nil {
		return remove, fmt.Errorf("commit %s: %w", b.besides.Commit, err)
	}
	b.products = append(b.products, other)
	return remove, nil
}

// addWorktree puts the source of a revision into a folder, and names its commit.
// remove takes it away again, whatever has become of it; it is never nil.
func addWorktree(ctx context.Context, repository, dir, revision string) (commit string, remove func() error, err error) {
	remove = func() error { return nil }
	commit, err = git(ctx, repository, "rev-parse", "--verify", "--short=12", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", remove, fmt.Errorf("%q is no commit: %w", revision, err)
	}
	remove = func() error {
		ctx := context.Background() // also when the bench was stopped
		if _, err := git(ctx, repository, "worktree", "remove", "--force", dir); err != nil {
			if err := os.RemoveAll(dir); err != nil { // it was not all there yet
				return err
			}
		}
		_, err := git(ctx, repository, "worktree", "prune")
		return err
	}
	if _, err = git(ctx, repository, "worktree", "add", "--detach", dir, commit); err != nil {
		return "", func() error { return nil }, errors.Join(err, remove())
	}
	return commit, remove, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
