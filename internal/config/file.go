package config

import (
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/viper"
)

// file is a file of settings as it was when it was read: whatever its name leads to
// a moment later, the mode is that of the text.
type file struct {
	what, path string // what it is to the operator
	text       []byte
	mode       fs.FileMode
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
	return file{what, path, text, info.Mode()}, nil
}

// warn tells who else may change what the program goes by or, of a file that has a
// secret, read it. A group may read: that is how an account of its own gets at files
// of root's. A pipe is nobody else's.
func (f file) warn(secret bool, w *warnings) {
	if !f.mode.IsRegular() {
		return
	}
	if f.mode&0o022 != 0 {
		w.addf(warnFileWritable, "%s %s has mode %04o: other accounts may write it; chmod go-w", f.what, f.path, f.mode.Perm())
	}
	target, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		target = f.path
	}
	closed := false
	for _, dir := range []string{filepath.Dir(f.path), filepath.Dir(target)} { // where the name is, and where the file is
		info, err := os.Stat(dir)
		if err != nil {
			continue
		}
		closed = info.Mode()&0o001 == 0
		// In one like /tmp nobody exchanges what is another's.
		if info.Mode()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
			w.addf(warnFileWritable, "directory %s has mode %04o: other accounts may exchange the files in it; chmod go-w", dir, info.Mode().Perm())
		}
	}
	if secret && f.mode&0o004 != 0 && !closed && !kubernetes(target) {
		w.addf(warnSecretReadable, "%s %s has mode %04o: every account may read the secret in it; chmod o-r", f.what, f.path, f.mode.Perm())
	}
}

// kubernetes tells whether a file is in a volume of Kubernetes, which makes links
// through ..data to a folder such as ..2026_01_02_03_04_05.67. Its secrets can be
// read by everybody unless told otherwise, and there is nobody but the pod.
func kubernetes(target string) bool {
	return strings.Contains(filepath.ToSlash(target), "/..2")
}

// hasSecret tells whether a secret stands in the configuration file itself.
func hasSecret(v *viper.Viper) bool {
	for _, k := range keys() {
		value, _ := v.Get(k.name).(string)
		if k.secret() && value != "" && (k.name != "database.url" || hasPassword(value)) {
			return true
		}
	}
	return false
}

// hasPassword tells whether a database's URL, or libpq's list of key=value, has one.
func hasPassword(databaseURL string) bool {
	if u, err := url.Parse(databaseURL); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return true
		}
	}
	return strings.Contains(databaseURL, "password")
}
