package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// aStranger is a user id that nobody here has.
const aStranger = 12345

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// mkdir makes a directory of exactly that mode, given to others if root can.
func mkdir(t *testing.T, mode fs.FileMode, elem ...string) string {
	t.Helper()
	dir := filepath.Join(elem...)
	must(t, os.Mkdir(dir, 0o700), os.Chmod(dir, mode))
	return dir
}

// A directory is opened, and made, where nobody else can have put or can change it.
func TestOpenDir(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	must(t, os.Chmod(in, 0o755))
	for _, name := range []string{"own", "ownlink", "sticky/own", "shared/own"} {
		must(t, os.MkdirAll(filepath.Join(in, name), 0o700))
	}
	must(t, os.Chmod(filepath.Join(in, "sticky"), 0o777|fs.ModeSticky), os.Chmod(filepath.Join(in, "shared"), 0o777))
	link := func(target string, elem ...string) {
		t.Helper()
		must(t, os.Symlink(target, filepath.Join(append([]string{in}, elem...)...)))
	}
	link("own", "link")
	link(".", "here")
	link(in, "absolute")
	link("../"+filepath.Base(in), "around")
	link("loop", "loop")
	link("nowhere", "dangling")
	link(in, "sticky", "link")
	mkdir(t, 0o770, in, "group")
	mkdir(t, 0o702, in, "world")
	must(t, os.WriteFile(filepath.Join(in, "file"), nil, 0o600))

	for path, says := range map[string]string{
		"own":                     "",
		"own/":                    "",
		"here/own":                "", // links that only we can have made
		"absolute/around/own":     "",
		"sticky/own":              "",
		"own/new/below":           "",
		"sticky/new/below":        "",
		"own/../own":              "",
		"link":                    "link is a symbolic link to own",
		"link/":                   "link is a symbolic link to own",
		"here":                    "is a symbolic link to .",
		"dangling":                "is a symbolic link to nowhere",
		"sticky/link/own":         "is a symbolic link to " + in,
		"sticky/link":             "is a symbolic link to " + in,
		"loop/own":                "more than 40 links",
		"shared/own":              "shared, which belongs to",
		"shared/new":              "chmod go-w",
		"sticky":                  "has mode 1777",
		"group":                   "has mode 0770",
		"world":                   "has mode 0702",
		"file":                    "is not a directory",
		"file/below":              "is not a directory",
		"own/../shared/own/../no": "shared, which belongs to",
	} {
		says := strings.Replace(says, "link is", filepath.Join(in, "link")+", which belongs to "+account(os.Geteuid())+", is", 1)
		_, before := os.Lstat(filepath.Join(in, path))
		d, err := Make(filepath.Join(in, path), 0o711)
		if says != "" {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("Make(%s) = %v, want %q", path, err, says)
			}
			if _, after := os.Lstat(filepath.Join(in, path)); errors.Is(before, fs.ErrNotExist) && !errors.Is(after, fs.ErrNotExist) && after == nil {
				t.Errorf("Make(%s) made it", path)
			}
		} else if err != nil {
			t.Errorf("Make(%s) = %v", path, err)
		} else {
			if d.Path() != filepath.Join(in, path) {
				t.Errorf("Path() = %s of %s", d.Path(), path)
			}
			must(t, d.Close())
		}
		d, openErr := Open(filepath.Join(in, path))
		switch {
		case says == "" && openErr == nil:
			must(t, d.Close())
		case says == "" || !strings.Contains(openErr.Error(), says) && !(errors.Is(openErr, fs.ErrNotExist) && errors.Is(before, fs.ErrNotExist)):
			t.Errorf("Open(%s) = %v, want %q", path, openErr, says)
		}
	}
}

// Of others: to root everybody is, to everybody else root is.
func TestOthersDir(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	must(t, os.Chmod(in, 0o755))
	theirs, below := "/usr", "/usr/carrierhook-none"
	if os.Geteuid() == 0 {
		theirs = mkdir(t, 0o777, in, "theirs")
		below = mkdir(t, 0o700, theirs, "ours")
		must(t, os.Chown(theirs, aStranger, aStranger), os.Chmod(theirs, 0o755))
		sticky := mkdir(t, 0o777|fs.ModeSticky, in, "sticky")
		must(t, os.Chown(mkdir(t, 0o755, sticky, "theirs"), aStranger, aStranger))
		must(t, os.Symlink(in, filepath.Join(in, "link")), os.Lchown(filepath.Join(in, "link"), aStranger, aStranger))
		group := mkdir(t, 0o775, in, "group")
		must(t, os.Chown(group, 0, aStranger))
		for path, says := range map[string]string{
			filepath.Join(sticky, "theirs", "new"): "who can replace what is in it",
			filepath.Join(in, "link", "group"):     "is a symbolic link",
			filepath.Join(group, "new"):            "has mode 0775",
		} {
			if _, err := Make(path, 0o711); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("Make(%s) = %v, want %q", path, err, says)
			}
		}
	} else if _, err := Make(below, 0o711); !errors.Is(err, fs.ErrPermission) { // trusted, and closed
		t.Errorf("Make(%s) = %v", below, err)
	}
	for _, open := range []func(string) (*Dir, error){Open, func(path string) (*Dir, error) { return Make(path, 0o711) }} {
		_, err := open(theirs)
		if err == nil || !strings.Contains(err.Error(), theirs+" belongs to ") || !strings.Contains(err.Error(), "this process runs as "+account(os.Geteuid())) {
			t.Errorf("%v", err)
		}
		if _, err := open(below); err == nil {
			t.Errorf("%s was taken", below)
		}
	}
}

// What is made has the mode of the call, what is there keeps its own, and what
// is not there is nobody's. Not parallel: the umask is the process's.
func TestMakeMode(t *testing.T) {
	in := t.TempDir()
	must(t, os.Chmod(in, 0o755))
	defer syscall.Umask(syscall.Umask(0o077))
	had := mkdir(t, 0o750, in, "had")
	d, err := Make(filepath.Join(had, "a", "b"), 0o711)
	must(t, err)
	defer d.Close()
	for dir, want := range map[string]fs.FileMode{had: 0o750, filepath.Join(had, "a"): 0o711, d.Path(): 0o711} {
		info, err := os.Stat(dir)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", dir, info.Mode().Perm(), want)
		}
	}
	must(t, d.Chmod(0o700))
	if info, err := os.Stat(d.Path()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, above := range []string{"nothing", filepath.Base(mkdir(t, 0o777, in, "open"))} {
		if _, err := Open(filepath.Join(in, above, "here")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open of nothing = %v", err)
		}
	}
}

// With a umask of 002, as many systems have it, what an account makes is its own
// group's too.
func TestOwnGroup(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	above := mkdir(t, 0o775, in, "above")
	must(t, os.Chown(above, -1, os.Getegid()))
	d, err := Make(filepath.Join(above, "dir"), 0o700)
	if want := ourOwnGroup(os.Getegid()) || os.Getegid() == 0; (err == nil) != want {
		t.Errorf("Make = %v, want success: %v", err, want)
	}
	if err == nil {
		must(t, d.Close())
	}
	if ourOwnGroup(os.Getegid() + 1) {
		t.Error("another group was taken for ours")
	}
}
