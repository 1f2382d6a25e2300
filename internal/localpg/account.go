package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// account is who Postgres runs as. Nil is ourselves: only root needs another
// one, because Postgres refuses to run as root.
type account struct {
	name     string
	uid, gid int
}

func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr != nil || gidErr != nil || uid == 0 {
			continue
		}
		return &account{name: name, uid: uid, gid: gid}, nil
	}
	return nil, errors.New("cannot run Postgres: it refuses to run as root, and there is neither an account postgres nor nobody to run it as")
}

// command prepares a program to run as the account in dir. It gets an environment
// of its own: ours may hold secrets and PG* variables that would mislead it.
func (a *account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	if libs := os.Getenv("LD_LIBRARY_PATH"); libs != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+libs)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if a != nil {
		// No supplementary groups: root's own must not come along.
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// dirMode is the mode of a directory that holds the server's own ones. The
// account must get through it, and needs no more than that.
func (a *account) dirMode() fs.FileMode {
	if a == nil {
		return 0o700
	}
	return 0o711
}

// owner is the user id that Postgres runs as.
func (a *account) owner() int {
	if a == nil {
		return os.Geteuid()
	}
	return a.uid
}

// give makes dir the account's own, closed to everybody else. It is ours or the
// account's already; a link, or what belongs to others, is left alone.
func (a *account) give(dir string) error {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) {
		return fmt.Errorf("%s is not a directory, or a link to one: remove it", dir)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != os.Geteuid() && uid != a.owner() {
		return fmt.Errorf("%s belongs to uid %d, and Postgres runs as uid %d: remove it, or give it to that account", dir, uid, a.owner())
	}
	if err := f.Chmod(0o700); err != nil || a == nil {
		return err
	}
	return f.Chown(a.uid, a.gid)
}

// reaches tries whether the account can work below dir, by doing what Postgres
// will: change into it, and own a directory there. The error of a program that
// cannot change into its directory names the program, so it is not passed on.
func (a *account) reaches(ctx context.Context, bin, dir string) error {
	if a == nil {
		return nil
	}
	probe, err := os.MkdirTemp(dir, "probe-")
	if err != nil {
		return err
	}
	defer os.Remove(probe)
	if err := a.give(probe); err != nil {
		return fmt.Errorf("%s %w: it cannot be given to account %s, which Postgres runs as; name another directory", dir, ErrUnreachable, a.name)
	}
	err = a.command(ctx, probe, filepath.Join(bin, "postgres"), "--version").Run()
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s %w by account %s, which Postgres runs as: chmod o+x each directory above it, or name another one", dir, ErrUnreachable, a.name)
	}
	return err
}
