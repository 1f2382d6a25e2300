package localpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/datadir"
)

// elsewhere holds the directories of those whose own cannot be reached. It
// outlives a reboot, which /tmp does not.
const elsewhere = "/var/tmp"

// place settles where the data of dir really is, and which installation serves
// it. Data that exists decides; nobody may find an empty database where theirs
// was because a mode or a package changed.
func place(ctx context.Context, dir *datadir.Dir, acct *account, found []installation, o Options) (base *datadir.Dir, in installation, err error) {
	moved := movedDir(dir.Path())
	base = dir
	switch unreachable := acct.reaches(ctx, found[0].bin, dir.Path()); {
	case unreachable != nil && !errors.Is(unreachable, errUnreachable):
		return nil, in, unreachable
	case unreachable != nil && len(dataMajors(dir.Path())) > 0:
		return nil, in, fmt.Errorf("%w, and there is data in it: let that account through, or move the data", unreachable)
	case unreachable != nil:
		if base, err = ownDir(moved, acct.dirMode()); err != nil {
			return nil, in, err
		}
		o.logf("%v; the data is in %s instead (for data to be kept, name a directory that the account can reach)", unreachable, moved)
	case acct != nil && len(dataMajors(dir.Path())) == 0 && ours(moved) && len(dataMajors(moved)) > 0:
		if base, err = ownDir(moved, acct.dirMode()); err != nil {
			return nil, in, err
		}
		o.logf("the data of %s is in %s, from when the directory could not be reached; delete that to begin anew in the directory", dir.Path(), moved)
	}
	in, err = installationFor(base.Path(), found)
	if err != nil && base != dir {
		base.Close()
	}
	return base, in, err
}

// installationFor prefers the newest major that has data in base.
func installationFor(base string, found []installation) (installation, error) {
	majors := dataMajors(base)
	if len(majors) == 0 {
		return found[0], nil
	}
	for _, major := range majors {
		for _, in := range found {
			if in.major == major {
				return in, nil
			}
		}
	}
	return installation{}, fmt.Errorf("%s holds data of Postgres %d, and only Postgres %d was found: install that version, or move %s away to begin anew",
		base, majors[0], found[0].major, filepath.Join(base, fmt.Sprintf("pg%d", majors[0])))
}

// dataMajors lists the versions that have data in base, the newest first.
func dataMajors(base string) []int {
	matches, _ := filepath.Glob(globSafe(base) + "/pg*/PG_VERSION") // fails on a malformed pattern only
	var majors []int
	for _, match := range matches {
		name := filepath.Base(filepath.Dir(match))
		if major, err := strconv.Atoi(strings.TrimPrefix(name, "pg")); err == nil {
			majors = append(majors, major)
		}
	}
	slices.Sort(majors)
	slices.Reverse(majors)
	return majors
}

var globMeta = regexp.MustCompile(`[\\*?\[]`)

func globSafe(path string) string { return globMeta.ReplaceAllString(path, `\$0`) }

// movedDir is the directory below /var/tmp that stands in for dir: always the
// same one, so that the data is found again.
func movedDir(dir string) string { return filepath.Join(elsewhere, derivedName(dir)) }

func derivedName(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	sum := sha256.Sum256([]byte(dir))
	return "carrierhook-" + hex.EncodeToString(sum[:8])
}

// ownDir makes a directory with a predictable name where everybody may write, or
// takes the one that is there. Somebody else's, a link, or one that others may
// write to is refused: whoever made it first would hold our data.
func ownDir(path string, mode fs.FileMode) (*datadir.Dir, error) {
	d, err := datadir.Make(path, mode)
	if err != nil {
		return nil, err
	}
	if err := d.Chmod(mode); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

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
		parent = shortDir(base)
		d, err := ownDir(parent, acct.dirMode())
		if err != nil {
			return "", err
		}
		d.Close()
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

func shortDir(base string) string { return filepath.Join("/tmp", derivedName(base)) }
