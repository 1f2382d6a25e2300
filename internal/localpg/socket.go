package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"carrierhook/internal/datadir"
)

const (
	socketPort = "5432" // a part of the socket's name; no TCP port is opened
	// socketMax is what the smallest of the systems allows a socket's path to
	// have: Linux 107 bytes, others 103.
	socketMax = 103
)

func socketFile(socketDir string) string { return filepath.Join(socketDir, ".s.PGSQL."+socketPort) }

// plainPath has nothing that Postgres's list of directories, or a URL, would
// take for punctuation.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._@=+-]+$`)

// socketDir makes the directory for the socket: in base, or in /tmp where the
// path would be too long or odd. Only the account (and root) can enter it, which
// is why trust is enough in pg_hba.conf: whoever gets to the socket could read
// the data files as well.
func socketDir(base string, acct *account) (string, error) {
	parent := base
	if !fits(base) {
		// Everybody may write there, and the name can be predicted: Make refuses
		// somebody else's directory, a link, and one that others may write to.
		parent = shortDir(base)
		d, err := datadir.Make(parent, acct.dirMode())
		if err != nil {
			return "", err
		}
		if err := errors.Join(d.Chmod(acct.dirMode()), d.Close()); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(parent, "run")
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, acct.give(dir)
}

// fits says whether the socket can be in base.
func fits(base string) bool {
	return len(socketFile(filepath.Join(base, "run"))) <= socketMax && plainPath.MatchString(base)
}

// shortDir is always the same for a directory, so that it is found again.
func shortDir(base string) string {
	if real, err := filepath.EvalSymlinks(base); err == nil {
		base = real
	}
	sum := sha256.Sum256([]byte(base))
	return filepath.Join("/tmp", "carrierhook-"+hex.EncodeToString(sum[:8]))
}

// URL names a database of the server that another process runs on dir, after Start
// was ErrInUse. That server may still be starting.
func URL(dir, database string) (string, error) {
	acct, err := serverAccount()
	if err != nil {
		return "", err
	}
	d, err := datadir.Open(dir)
	if err != nil {
		return "", err
	}
	defer d.Close()
	socket, err := socketDir(d.Path(), acct)
	return socketURL(socket, database), err
}

func socketURL(socket, database string) string {
	// Everything that PGHOST and its kin could change is spelt out.
	q := url.Values{
		"host": {socket}, "port": {socketPort}, "user": {Superuser}, "sslmode": {"disable"},
		"target_session_attrs": {"any"}, "connect_timeout": {"10"},
	}
	return fmt.Sprintf("postgres:///%s?%s", url.PathEscape(database), q.Encode())
}
