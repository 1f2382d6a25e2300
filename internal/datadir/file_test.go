package datadir

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func newDir(t *testing.T) *Dir {
	t.Helper()
	d, err := Make(filepath.Join(t.TempDir(), "dir"), 0o711)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// A file is opened only where it is ours alone, whatever for, and what a link leads to
// is neither emptied nor written to.
func TestOpenFile(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	victim := filepath.Join(filepath.Dir(d.Path()), "victim")
	must(t, os.WriteFile(victim, []byte("keep"), 0o600))
	put := func(name string, mode fs.FileMode) {
		t.Helper()
		must(t, os.WriteFile(d.Join(name), []byte("had"), 0o600), os.Chmod(d.Join(name), mode))
	}
	put("private", 0o600)
	put("closed", 0o400)
	put("group", 0o640)
	put("others", 0o604)
	must(t, os.Symlink(victim, d.Join("outside")), os.Symlink("private", d.Join("inside")), os.Symlink("nothing", d.Join("dangling")))
	must(t, os.Link(victim, d.Join("twice")), os.Mkdir(d.Join("directory"), 0o700), syscall.Mkfifo(d.Join("pipe"), 0o600))
	cases := map[string]string{
		"private": "", "closed": "", "group": "has mode 0640", "others": "has mode 0604",
		"outside": "is a symbolic link", "inside": "is a symbolic link", "dangling": "is a symbolic link",
		"twice": "a hard link", "directory": "is not a regular file", "pipe": "is not a regular file",
	}
	if os.Geteuid() == 0 {
		put("theirs", 0o600)
		must(t, os.Chown(d.Join("theirs"), aStranger, aStranger))
		cases["theirs"] = "belongs to uid 12345"
	} else {
		must(t, os.Symlink("/etc/passwd", d.Join("theirs"))) // no file of another's can be had here but by a link
		cases["theirs"] = "is a symbolic link"
	}
	for name, says := range cases {
		for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_TRUNC, os.O_WRONLY | os.O_APPEND} {
			if name == "closed" && flag != os.O_RDONLY {
				continue // may be as the system says
			}
			f, err := d.OpenFile(name, flag)
			if err == nil {
				f.Close()
			}
			if (err == nil) != (says == "") || err != nil && !(strings.Contains(err.Error(), says) && strings.Contains(err.Error(), d.Join(name))) {
				t.Errorf("%s with flag %#x: %v, want %q", name, flag, err, says)
			}
		}
		if text, err := d.ReadFile(name); says == "" && (string(text) != "had" || err != nil) || says != "" && err == nil {
			t.Errorf("ReadFile(%s) = %q, %v", name, text, err)
		}
	}
	if text, err := os.ReadFile(victim); string(text) != "keep" || err != nil {
		t.Errorf("the victim has %q, %v", text, err)
	}
	if _, err := d.ReadFile("nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of nothing = %v", err)
	}
	if _, err := d.ReadFile("../victim"); err == nil {
		t.Error("a file elsewhere was read")
	}
}

// A file is written for us alone, and takes the place of a link instead of following
// it.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	victim := filepath.Join(filepath.Dir(d.Path()), "victim")
	must(t, os.WriteFile(victim, []byte("keep"), 0o600), os.Chmod(victim, 0o640))
	must(t, os.Symlink(victim, d.Join("link")), os.Link(victim, d.Join("twice")), os.WriteFile(d.Join("had"), nil, 0o666))
	for _, name := range []string{"new", "had", "link", "twice"} {
		must(t, d.WriteFile(name, []byte("text")))
		if text, err := d.ReadFile(name); string(text) != "text" || err != nil {
			t.Errorf("%s has %q, %v", name, text, err)
		}
	}
	info, err := os.Stat(victim)
	must(t, err)
	if text, err := os.ReadFile(victim); string(text) != "keep" || err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the victim has %q, %v, %v", text, info.Mode(), err)
	}
	must(t, os.Mkdir(d.Join("taken"), 0o700))
	if err := d.WriteFile("taken", nil); err == nil {
		t.Error("a directory was written to")
	}
	if left, _ := filepath.Glob(d.Join("taken.*")); len(left) > 0 {
		t.Errorf("%q was left", left)
	}
	must(t, os.WriteFile(d.Join("huge"), make([]byte, fileMax+1), 0o600))
	if _, err := d.ReadFile("huge"); err == nil {
		t.Error("a file without an end was read")
	}
	must(t, d.Remove("huge"), d.Remove("huge"))
}

// Processes of ours that write and make the same files at the same time do not disturb
// one another.
func TestFilesTogether(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	one, other := bytes.Repeat([]byte("a"), 4096), bytes.Repeat([]byte("b"), 4096)
	must(t, d.WriteFile("shared", one))
	var work sync.WaitGroup
	for _, text := range [][]byte{one, other} {
		work.Go(func() {
			for range 300 {
				if err := d.WriteFile("shared", text); err != nil {
					t.Error(err)
				}
				if f, err := d.OpenFile("made", os.O_RDWR|os.O_CREATE); err != nil {
					t.Error(err)
				} else {
					f.Close()
				}
				if err := d.Remove("made"); err != nil {
					t.Error(err)
				}
				if text, err := d.ReadFile("shared"); err != nil || !bytes.Equal(text, one) && !bytes.Equal(text, other) {
					t.Errorf("read %d bytes, %v", len(text), err)
				}
			}
		})
	}
	work.Wait()
}
