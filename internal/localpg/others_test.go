package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// aStranger is a user id that nobody here has.
const aStranger = 12345

// victim is a directory that no link may lead us to, with a file in it.
type victim struct {
	dir, file string
	before    string
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{dir: filepath.Join(filepath.Dir(testDir(t)), "victim")}
	v.file = filepath.Join(v.dir, "run", "file")
	for _, dir := range []string{v.dir, filepath.Join(v.dir, "pg99"), filepath.Dir(v.file)} {
		must(t, os.Mkdir(dir, 0o751))
	}
	for _, file := range []string{v.file, filepath.Join(v.dir, "pg99", "PG_VERSION")} {
		must(t, os.WriteFile(file, []byte("keep\n"), 0o600))
	}
	v.before = v.contents(t)
	t.Cleanup(func() {
		if now := v.contents(t); now != v.before {
			t.Errorf("what a link leads to was\n%s and is\n%s", v.before, now)
		}
	})
	return v
}

// contents is each file with its mode, its owner and what is in it.
func (v *victim) contents(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(v.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var text []byte
		if info.Mode().IsRegular() {
			if text, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		fmt.Fprintf(&all, "%s %v %d %q\n", path, info.Mode(), info.Sys().(*syscall.Stat_t).Uid, text)
		return nil
	})
	must(t, err)
	return all.String()
}

func link(t *testing.T, target, path string) {
	t.Helper()
	must(t, os.Symlink(target, path))
}

// bounded ends a start that would wait for ever.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Nothing is started, reached or deleted through a link: datadir's tests have the other
// ways in which a directory may be somebody else's.
func TestDirOfOthers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(filepath.Dir(testDir(t)), "link")
	link(t, newVictim(t).dir, dir)
	_, startErr := Start(bounded(t), dir, quick(t))
	_, urlErr := URL(dir, Database)
	for what, err := range map[string]error{"Start": startErr, "URL": urlErr, "Remove": Remove(dir)} {
		if err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What is in the directory may be a link, or somebody else's, from a time when others
// could write there: nothing is written through it, and the error names it. What else
// may be wrong with a file, datadir's tests have.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, says string
		put        func(t *testing.T, path string)
	}{
		{lockName, "is a symbolic link", linkToFile},
		{logName, "is a symbolic link", linkToFile},
		{"run", "is not a directory, or a link", func(t *testing.T, path string) { link(t, newVictim(t).dir, path) }},
		{"pg*", "is not a directory, or a link", func(t *testing.T, path string) {
			moved := filepath.Join(filepath.Dir(testDir(t)), "moved")
			must(t, os.Rename(path, moved))
			link(t, moved, path)
		}},
		{"pg*/postmaster.pid", "is not a regular file", fifo},
		{"pg*/postmaster.pid", "too many levels of symbolic links", linkToFile},
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{lockName, logName, "run", "pg*"} {
			tests = append(tests, struct {
				name, says string
				put        func(t *testing.T, path string)
			}{name, "belongs to", givenAway})
		}
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.name+" "+tt.says, "/", " "), func(t *testing.T) {
			t.Parallel()
			dir := filledDir(t)
			path := filepath.Join(dir, tt.name)
			if top, below, found := strings.Cut(tt.name, "*"); found {
				data, _ := filepath.Glob(filepath.Join(dir, top+"*"))
				path = data[0] + below
			}
			tt.put(t, path)
			s, err := Start(bounded(t), dir, quick(t))
			if err == nil {
				s.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("Start = %v, want %q and %s", err, tt.says, path)
			}
			if err := os.Remove(path); err != nil { // or Remove refuses too
				must(t, os.RemoveAll(path))
			}
		})
	}
}

func linkToFile(t *testing.T, path string) { link(t, newVictim(t).file, path) }

func fifo(t *testing.T, path string) {
	t.Helper()
	must(t, syscall.Mkfifo(path, 0o600))
}

func givenAway(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err != nil {
		err := os.WriteFile(path, nil, 0o600)
		if filepath.Base(path) == "run" {
			err = errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		}
		must(t, err)
	}
	must(t, os.Chown(path, aStranger, aStranger))
}

// The name below /tmp can be predicted. A link that somebody else put there leads
// neither a start, nor a tool, nor Remove to what is theirs.
func TestPredictableName(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	odd := dir + ", odd"
	for _, path := range []string{dir, odd} {
		short := shortDir(path)
		link(t, newVictim(t).dir, short)
		t.Cleanup(func() { os.RemoveAll(path); os.Remove(short) })
	}
	s := start(t, dir, quick(t)) // has its socket in dir
	must(t, s.Stop())
	if err := Remove(dir); err != nil {
		t.Error(err)
	}
	_, err := Start(bounded(t), odd, quick(t))
	_, urlErr := URL(odd, Database)
	for what, err := range map[string]error{"Start": err, "URL": urlErr} {
		if err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("%s = %v", what, err)
		}
	}
}
