package datadir

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// checkDir refuses a data directory that others could write to.
func checkDir(path string, info fs.FileInfo) error {
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", path)
	case owner(info) != os.Geteuid():
		return fmt.Errorf("%s belongs to %s (mode %s), and this process runs as %s: name a directory of your own, or run as that account",
			path, account(owner(info)), mode(info), account(os.Geteuid()))
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s, which belongs to %s, has mode %s, so that others can write to it: chmod go-w %s, or name another directory",
			path, account(owner(info)), mode(info), path)
	}
	return nil
}

// checkParent refuses a directory above it that others could exchange.
func checkParent(path string, info fs.FileInfo) error {
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", path)
	case !rootsOrOurs(info):
		return fmt.Errorf("%s belongs to %s (mode %s), who can replace what is in it, and this process runs as %s: name a directory elsewhere, or run as that account",
			path, account(owner(info)), mode(info), account(os.Geteuid()))
	case othersWrite(info) && info.Mode()&fs.ModeSticky == 0:
		return fmt.Errorf("%s, which belongs to %s, has mode %s, so that others can replace what is in it: chmod go-w %s, or name a directory elsewhere",
			path, account(owner(info)), mode(info), path)
	}
	return nil
}

// checkLink refuses a link in dir that somebody else could exchange.
func checkLink(dir, path string, link fs.FileInfo, last bool) error {
	above, err := os.Lstat(dir)
	if err != nil || !last && rootsOrOurs(link) && !othersWrite(above) {
		return err
	}
	target, err := os.Readlink(path)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s, which belongs to %s, is a symbolic link to %s, and is not followed: name the directory itself, if that is yours",
		path, account(owner(link)), target)
}

// checkFile refuses a file in the data directory that others may have touched.
func checkFile(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("%s, which belongs to %s, is a symbolic link, and is not followed: remove it", path, account(owner(info)))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s, which belongs to %s, is not a regular file: remove it", path, account(owner(info)))
	case owner(info) != os.Geteuid():
		return fmt.Errorf("%s belongs to %s (mode %s), and this process runs as %s: remove it, or run as that account",
			path, account(owner(info)), mode(info), account(os.Geteuid()))
	case info.Sys().(*syscall.Stat_t).Nlink > 1: // 0: removed since
		return fmt.Errorf("%s, which belongs to %s, has another name elsewhere (a hard link): remove it", path, account(owner(info)))
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s, which belongs to %s, has mode %s, so that others may have read it or written to it: remove it, or chmod 600 %s if they have not",
			path, account(owner(info)), mode(info), path)
	}
	return nil
}

func owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

func rootsOrOurs(info fs.FileInfo) bool { return owner(info) == 0 || owner(info) == os.Geteuid() }

// othersWrite says whether others than root and us may write to a directory.
func othersWrite(info fs.FileInfo) bool {
	group := int(info.Sys().(*syscall.Stat_t).Gid)
	return info.Mode().Perm()&0o002 != 0 || info.Mode().Perm()&0o020 != 0 && group != 0 && !ourOwnGroup(group)
}

// ourOwnGroup says whether a group is the one that many systems make for each account:
// with a umask of 002, it may write to all that the account makes.
func ourOwnGroup(gid int) bool {
	if gid != os.Getegid() {
		return false
	}
	if gid == os.Geteuid() {
		return true
	}
	group, groupErr := user.LookupGroupId(strconv.Itoa(gid))
	us, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	return groupErr == nil && err == nil && group.Name == us.Username
}

// account names a user id, for an error.
func account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("%s (uid %d)", u.Username, uid)
	}
	return fmt.Sprintf("uid %d", uid)
}

// mode is written as chmod takes it.
func mode(info fs.FileInfo) string {
	bits := uint32(info.Mode().Perm())
	if info.Mode()&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return fmt.Sprintf("%04o", bits)
}
