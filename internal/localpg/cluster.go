package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"carrierhook/internal/datadir"
)

// cluster is a data directory with the programs that serve it.
type cluster struct {
	installation
	acct   *account
	dir    *datadir.Dir
	socket string
}

// data is named by the version, for those of two versions do not mix.
func (c cluster) data() string { return c.dir.Join(c.name()) }

func (c cluster) name() string { return fmt.Sprintf("pg%d", c.major) }

// check refuses a data directory that is a link, or is not the account's. Postgres
// itself looks at the mode.
func (c cluster) check() error {
	info, err := c.dir.Lstat(c.name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory, or a link to one: move the data itself there, or name the directory that it is in", c.data())
	}
	if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != c.acct.owner() {
		return fmt.Errorf("%s belongs to uid %d, and Postgres runs as uid %d: chown -R it to that account, or move it away to begin anew", c.data(), uid, c.acct.owner())
	}
	return nil
}

// initPrefix marks a data directory that is not finished.
const initPrefix = "init-"

// ensure makes the data directory where there is none. It is filled under
// another name first: what carries the real name is whole, also when the process
// or the machine stopped half way.
func (c cluster) ensure(ctx context.Context, durable bool) error {
	for _, dir := range c.unfinished() {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	tmp, err := os.MkdirTemp(c.dir.Path(), initPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // after the rename there is nothing there
	if err := c.acct.give(tmp); err != nil {
		return err
	}
	if err := c.fill(ctx, tmp, durable); err != nil {
		return err
	}
	if err := os.Rename(tmp, c.data()); err != nil {
		return err
	}
	if durable {
		return syncDir(c.dir.Path())
	}
	return nil
}

// unfinished lists what an interrupted ensure left.
func (c cluster) unfinished() []string {
	dirs, _ := filepath.Glob(globSafe(c.dir.Path()) + "/" + initPrefix + "*") // fails on a malformed pattern only
	return dirs
}

// fill runs initdb, and makes the database in a server without a socket, so that
// nobody can connect to a half-made cluster.
func (c cluster) fill(ctx context.Context, dir string, durable bool) error {
	args := []string{
		"--pgdata=" + dir, "--username=" + Superuser, "--encoding=UTF8",
		"--locale=C", // the same order of text on every machine
		"--auth-local=trust", "--auth-host=reject", "--data-checksums",
	}
	if !durable {
		args = append(args, "--no-sync")
	}
	if err := c.runToEnd(c.acct.command(ctx, c.dir.Path(), filepath.Join(c.bin, "initdb"), args...)); err != nil {
		if _, unknown := user.LookupId(strconv.Itoa(os.Geteuid())); unknown != nil {
			return fmt.Errorf("initdb cannot run: user id %d has no entry in /etc/passwd; add one, or run as another user (%w)", os.Geteuid(), err)
		}
		return fmt.Errorf("initdb: %w", err)
	}
	create := c.acct.command(ctx, c.dir.Path(), filepath.Join(c.bin, "postgres"),
		"--single", "-D", dir, "-c", "exit_on_error=on", "-c", "fsync="+strconv.FormatBool(durable), "postgres")
	create.Stdin = strings.NewReader("CREATE DATABASE " + Database + "\n")
	if err := c.runToEnd(create); err != nil {
		return fmt.Errorf("create database %s: %w", Database, err)
	}
	return nil
}

// runToEnd runs a program that must not outlive us, and puts its output into the error.
func (c cluster) runToEnd(cmd *exec.Cmd) error {
	runtime.LockOSThread() // see dieWithUs
	defer runtime.UnlockOSThread()
	dieWithUs(cmd.SysProcAttr, syscall.SIGTERM)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(string(out)))
	}
	return nil
}

// serverArgs are the arguments of a server; ours come last and so win.
func (c cluster) serverArgs(settings map[string]string) []string {
	args := []string{"-D", c.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	for _, setting := range []string{
		"listen_addresses=", // no TCP: a port could be somebody else's
		"unix_socket_directories=" + c.socket,
		"unix_socket_permissions=0700",
		"port=" + socketPort,
		"logging_collector=off",
		"log_destination=stderr",
		"timezone=GMT", // the one zone that needs no zone files
		"log_timezone=GMT",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
