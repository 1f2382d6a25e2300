package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func must(tb testing.TB, errs ...error) {
	tb.Helper()
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
}

// put writes a file with exactly this mode, whatever the umask.
func put(tb testing.TB, path, text string, mode fs.FileMode) string {
	tb.Helper()
	must(tb, os.WriteFile(path, []byte(text), 0o600))
	chmod(tb, path, mode)
	return path
}

func chmod(tb testing.TB, path string, mode fs.FileMode) {
	tb.Helper()
	must(tb, os.Chmod(path, mode))
}

// folder makes one with exactly this mode.
func folder(tb testing.TB, path string, mode fs.FileMode) string {
	tb.Helper()
	must(tb, os.Mkdir(path, 0o700))
	chmod(tb, path, mode)
	return path
}

func link(tb testing.TB, to, path string) string {
	tb.Helper()
	must(tb, os.Symlink(to, path))
	return path
}

const (
	noSecret  = "log: {level: warn}"
	aSecret   = "wechat: {token: " + goodToken + "}"
	aPassword = `database: {url: "postgres://u:pw@localhost/x"}`
	noneInURL = `database: {url: "postgres://u@localhost/x"}`
)

// Who else may write the configuration or exchange it, or read the secrets in it, is
// reported, with path and mode.
func TestFileModes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file, dir fs.FileMode
		text      string
		want      []string // kinds, in order
	}{
		"own":                         {0o600, 0o700, aSecret, nil},
		"everybody may read":          {0o644, 0o755, noSecret, nil},
		"everybody may write":         {0o666, 0o755, noSecret, []string{"file_writable"}},
		"others may write":            {0o602, 0o755, noSecret, []string{"file_writable"}},
		"the group may write":         {0o664, 0o755, noSecret, []string{"file_writable"}},
		"secrets for the group":       {0o640, 0o755, aSecret, nil},
		"secrets for everybody":       {0o644, 0o755, aSecret, []string{"secret_readable"}},
		"a password for everybody":    {0o644, 0o755, aPassword, []string{"secret_readable"}},
		"a URL without one":           {0o644, 0o755, noneInURL, nil},
		"secrets, a closed directory": {0o644, 0o750, aSecret, nil},
		"the directory is open":       {0o600, 0o777, aSecret, []string{"file_writable"}},
		"the directory is a group's":  {0o600, 0o770, aSecret, []string{"file_writable"}},
		"a directory like /tmp":       {0o600, 0o777 | fs.ModeSticky, aSecret, nil},
		"all of it":                   {0o666, 0o777, aSecret, []string{"file_writable", "file_writable", "secret_readable"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, filepath.Join(t.TempDir(), "etc"), tc.dir)
			path := put(t, filepath.Join(dir, "config.yaml"), tc.text, tc.file)
			var kinds []string
			for _, w := range warningsOf(t, path) {
				kinds = append(kinds, w.Kind)
				mode := tc.file
				if strings.Contains(w.Text, "directory") {
					mode = tc.dir
				}
				if !strings.Contains(w.Text, dir) || !strings.Contains(w.Text, fmt.Sprintf(" has mode %04o:", mode.Perm())) {
					t.Errorf("path or mode is missing in %q", w.Text)
				}
			}
			if !slices.Equal(kinds, tc.want) {
				t.Errorf("warned of %q, want %q", kinds, tc.want)
			}
		})
	}
}

// The owner of a file, or of any directory above it, may exchange what the server goes
// by, and so may whoever writes to a directory further up.
func TestOthersFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	above := folder(t, filepath.Join(root, "above"), 0o777)
	path := put(t, filepath.Join(folder(t, filepath.Join(above, "etc"), 0o755), "config.yaml"), noSecret, 0o644)
	if got := warningsOf(t, path); len(got) != 1 || !strings.HasPrefix(got[0].Text, "directory "+above+" has mode 0777") {
		t.Errorf("open further up: %q", got)
	}
	for _, uid := range []uint32{0, uint32(os.Geteuid()), 0x7ffffff0} {
		_, others := othersOwn(owned{uid: uid})
		if want := uid == 0x7ffffff0; others != want {
			t.Errorf("uid %d is another's: %v", uid, others)
		}
	}
	chmod(t, above, 0o755)
	mine := file{"configuration file", path, nil, owned{uid: 0x7ffffff0}}
	var got warnings
	mine.warn(false, &got)
	if len(got) != 1 || got[0].Kind != "file_writable" || !strings.Contains(got[0].Text, path+" belongs to uid 2147483632") {
		t.Errorf("a stranger's: %q", got)
	}
	if os.Geteuid() != 0 { // /etc is root's, for whoever runs the tests
		return
	}
	must(t, os.Chown(above, 0x7ffffff0, -1))
	if got := warningsOf(t, path); len(got) != 1 || !strings.HasPrefix(got[0].Text, "directory "+above+" belongs to uid 2147483632") {
		t.Errorf("a stranger's directory: %q", got)
	}
}

// owned is a regular file of an account.
type owned struct {
	fs.FileInfo
	uid uint32
}

func (o owned) Mode() fs.FileMode { return 0o644 }
func (o owned) Sys() any          { return &syscall.Stat_t{Uid: o.uid} }

// The file of a secret is looked at as the configuration is, and two secrets in one
// open directory are one warning.
func TestSecretFileModes(t *testing.T) {
	t.Parallel()
	dir := folder(t, filepath.Join(t.TempDir(), "secrets"), 0o777)
	token := put(t, filepath.Join(dir, "token"), goodToken+"\n", 0o644)
	key := put(t, filepath.Join(dir, "key"), testKey, 0o622)
	url := put(t, filepath.Join(dir, "url"), "postgres:///x", 0o440)
	variables := []string{"CARRIERHOOK_WECHAT_TOKEN_FILE=" + token, "CARRIERHOOK_WECHAT_AES_KEY_FILE=" + key, "CARRIERHOOK_DATABASE_URL_FILE=" + url}
	want := []Warning{
		{"file_writable", "directory " + dir + " has mode 0777: other accounts may exchange the files in it; chmod go-w"},
		{"secret_readable", "secret file " + token + " has mode 0644: every account may read the secret in it; chmod o-r"},
		{"file_writable", "secret file " + key + " has mode 0622: other accounts may write it; chmod go-w"},
	}
	got := warningsOf(t, write(t, ""), variables...)
	slices.SortFunc(got, byText)
	slices.SortFunc(want, byText)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	chmod(t, token, 0o400)
	chmod(t, key, 0o400)
	chmod(t, dir, 0o755)
	if got := warningsOf(t, write(t, ""), variables...); len(got) != 0 {
		t.Errorf("put right, and still %q", got)
	}
}

func byText(a, b Warning) int { return strings.Compare(a.Text, b.Text) }

// A link's own mode says nothing: the file's counts, where it really is, and the
// directories of both.
func TestLinkedFile(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		linkDir, dir, file fs.FileMode
		want               string
	}{
		"all closed":                  {0o755, 0o755, 0o600, ""},
		"the file is open":            {0o755, 0o755, 0o666, "configuration file"},
		"the file's directory is":     {0o755, 0o777, 0o600, "directory"},
		"the link's directory is":     {0o777, 0o755, 0o600, "directory"},
		"the link is in one like tmp": {0o777 | fs.ModeSticky, 0o755, 0o600, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			real := put(t, filepath.Join(folder(t, filepath.Join(root, "real"), 0o755), "x.yaml"), noSecret, tc.file)
			linked := link(t, real, filepath.Join(folder(t, filepath.Join(root, "linked"), 0o755), "config.yaml"))
			chmod(t, filepath.Dir(real), tc.dir)
			chmod(t, filepath.Dir(linked), tc.linkDir)
			got := warningsOf(t, linked)
			if ok := len(got) == 0 && tc.want == "" || len(got) == 1 && tc.want != "" && strings.HasPrefix(got[0].Text, tc.want+" "); !ok {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A secret of Kubernetes is warned of nothing: a link through ..data to a folder that
// has the time in its name, and modes that everybody may read by, in a directory like
// /tmp.
func TestKubernetesSecret(t *testing.T) {
	t.Parallel()
	volume := folder(t, filepath.Join(t.TempDir(), "secrets"), 0o777|fs.ModeSticky)
	stamped := folder(t, filepath.Join(volume, "..2026_11_02_03_04_05.123456789"), 0o755)
	put(t, filepath.Join(stamped, "token"), goodToken, 0o644)
	link(t, filepath.Base(stamped), filepath.Join(volume, "..data"))
	token := link(t, "..data/token", filepath.Join(volume, "token"))
	if got := warningsOf(t, write(t, ""), "CARRIERHOOK_WECHAT_TOKEN_FILE="+token); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	chmod(t, token, 0o666) // a mode that was set on purpose is reported all the same
	if got := warningsOf(t, write(t, ""), "CARRIERHOOK_WECHAT_TOKEN_FILE="+token); len(got) != 1 || got[0].Kind != "file_writable" {
		t.Errorf("everybody may write it: %q", got)
	}
}

// ./config.yaml, which no name was given for, is checked too, and is reported with its
// whole path.
func TestDefaultFileModes(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	chmod(t, dir, 0o700)
	t.Chdir(dir) // so not parallel
	put(t, "config.yaml", noSecret, 0o606)
	got := warningsOf(t, "")
	if len(got) != 1 || !strings.Contains(got[0].Text, filepath.Join(dir, "config.yaml")+" has mode 0606") {
		t.Errorf("got %q", got)
	}
}

// What is no file, such as a shell's <(...), has no mode that means anything.
func TestPipedSecret(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(folder(t, filepath.Join(t.TempDir(), "open"), 0o777), "fifo")
	must(t, syscall.Mkfifo(fifo, 0o600))
	chmod(t, fifo, 0o666)
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(fifo, []byte(goodToken), 0o600) }()
	if got := warningsOf(t, write(t, ""), "CARRIERHOOK_WECHAT_TOKEN_FILE="+fifo); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}
