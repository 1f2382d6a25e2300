package main

import (
	"context"
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
	suffix  string // of its cases
	root    string // of its source
	program string // the server's
}

// build makes the server's program as `make build` does, from the source at root.
func build(ctx context.Context, suffix, root, program string) (*product, error) {
	p := &product{suffix: suffix, root: root, program: program}
	progress("building the server%s", suffix)
	return p, tool(ctx, root, "go", append(os.Environ(), "CGO_ENABLED=0"), nil,
		"build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/server")
}

// build makes the programs that are measured: the tree's, and that of the commit
// of -beside, whose source is in the bench's folder.
func (b *bench) build(ctx context.Context) error {
	beside := filepath.Join(b.dir, "beside")
	if b.plan.Beside != "" { // first, for the name may be wrong
		commit, err := checkOut(ctx, ".", beside, b.plan.Beside)
		if err != nil {
			return err
		}
		b.besides = &besides{Commit: commit}
	}
	tree, err := build(ctx, "", ".", filepath.Join(b.dir, "server"))
	if err != nil {
		return err
	}
	b.products = []*product{tree}
	if b.besides == nil {
		return nil
	}
	other, err := build(ctx, besideSuffix, beside, filepath.Join(b.dir, "server-beside"))
	if err != nil {
		return fmt.Errorf("commit %s: %w", b.besides.Commit, err)
	}
	b.products = append(b.products, other)
	return nil
}

// checkOut puts the source of a revision into a folder, and names its commit. It is a
// clone that has the repository's objects, so that nothing of it is in the repository.
func checkOut(ctx context.Context, repository, dir, revision string) (commit string, err error) {
	commit, err = git(ctx, repository, "rev-parse", "--verify", "--short=12", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is no commit: %w", revision, err)
	}
	if _, err = git(ctx, repository, "clone", "--quiet", "--shared", "--no-checkout", ".", dir); err != nil {
		return "", err
	}
	_, err = git(ctx, dir, "checkout", "--quiet", "--detach", commit)
	return commit, err
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
