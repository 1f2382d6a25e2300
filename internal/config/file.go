package config

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"carrierhook/internal/pgurl"

	"github.com/spf13/viper"
)

// file is a file of settings as it was when it was read: whatever its name leads to
// a moment later, owner and mode are those of the text.
type file struct {
	what, path string // what it is to the operator
	text       []byte
	info       fs.FileInfo
}

func openFile(what, path string) (file, error) {
	opened, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	defer opened.Close()
	text, err := io.ReadAll(opened)
	if err != nil {
		return file{}, err
	}
	info, err := opened.Stat()
	if err != nil {
		return file{}, err
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return file{what, path, text, info}, nil
}

// warn tells who else may change what the program goes by or, of a file that has a
// secret, read it. A group may read: that is how an account of its own gets at files
// of root's. A pipe is nobody else's.
func (f file) warn(secret bool, w *warnings) {
	mode := f.info.Mode()
	if !mode.IsRegular() {
		return
	}
	if mode&0o022 != 0 {
		w.addf(warnFileWritable, "%s %s has mode %04o: other accounts may write it; chmod go-w", f.what, f.path, mode.Perm())
	}
	if uid, others := othersOwn(f.info); others {
		w.addf(warnFileWritable, "%s %s belongs to uid %d, which may write it; chown it to root or to the server's account", f.what, f.path, uid)
	}
	target, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		target = f.path
	}
	warnAbove(f.path, w) // where the name is, and where the file is
	closed := warnAbove(target, w)
	if secret && mode&0o004 != 0 && !closed && !kubernetes(target) {
		w.addf(warnSecretReadable, "%s %s has mode %04o: every account may read the secret in it; chmod o-r", f.what, f.path, mode.Perm())
	}
}

// warnAbove tells who else may exchange a file, or a directory that leads to it, and
// whether the file's own directory is closed to others.
func warnAbove(path string, w *warnings) (closed bool) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			closed = closed || dir == filepath.Dir(path) && info.Mode()&0o001 == 0
			// In one like /tmp nobody exchanges what is another's.
			if info.Mode()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
				w.addf(warnFileWritable, "directory %s has mode %04o: other accounts may exchange the files in it; chmod go-w", dir, info.Mode().Perm())
			}
			if uid, others := othersOwn(info); others {
				w.addf(warnFileWritable, "directory %s belongs to uid %d, which may exchange the files in it; chown it to root or to the server's account", dir, uid)
			}
		}
		if dir == filepath.Dir(dir) {
			return closed
		}
	}
}

// othersOwn tells whether a file belongs neither to root nor to the account that the
// server runs as.
func othersOwn(info fs.FileInfo) (uid uint32, others bool) {
	uid = info.Sys().(*syscall.Stat_t).Uid
	return uid, uid != 0 && int(uid) != os.Geteuid()
}

// kubernetes tells whether a file is in a volume of Kubernetes, which makes links
// through ..data to a folder such as ..2026_01_02_03_04_05.67. Its secrets can be
// read by every account by default, and the pod has only its own.
func kubernetes(target string) bool {
	return strings.Contains(filepath.ToSlash(target), "/..2")
}

// hasSecret tells whether a secret stands in the configuration file itself.
func hasSecret(v *viper.Viper) bool {
	for _, k := range keys() {
		value, _ := v.Get(k.name).(string)
		if k.secret() && value != "" && (k.name != "database.url" || pgurl.HasPassword(value)) {
			return true
		}
	}
	return false
}
