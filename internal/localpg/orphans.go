package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// orphanTimeout is how long a server may take to go down after its owner was
// killed: it has got its signal, and writes out what it has.
const orphanTimeout = 30 * time.Second

// awaitOrphans waits for the processes of a former server, or of an initdb that
// was cut short. The caller holds the directory's lock: none of them has an owner
// any more.
func (c cluster) awaitOrphans(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, orphanTimeout)
	defer cancel()
	for _, dir := range c.unfinished() {
		if _, err := awaitUnused(ctx, dir); err != nil {
			return err
		}
	}
	sure, err := awaitUnused(ctx, c.data())
	if err != nil || !sure {
		return err
	}
	return c.removeStalePid()
}

func awaitUnused(ctx context.Context, dir string) (sure bool, err error) {
	for {
		pids, sure, err := users(dir, moment)
		if err != nil || len(pids) == 0 {
			return sure, err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return false, fmt.Errorf("a Postgres without an owner still runs on %s (pids %v): stop it", dir, pids)
		}
	}
}

// removeStalePid removes a lock file of Postgres whose number has been given to a
// process that has nothing to do with the directory; Postgres would take that
// for its predecessor and refuse to start, as it does with a file that a full
// disk left empty. Any other stale file is left to Postgres, which sees for
// itself that it is one and cleans up after it.
func (c cluster) removeStalePid() error {
	for _, file := range []string{pidFile(c.data()), socketFile(c.socket) + ".lock"} {
		pid, _, err := readPidFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if pid == 0 || stranger(pid, c.data()) {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func pidFile(data string) string { return filepath.Join(data, "postmaster.pid") }

// readPidFile reads what a server says of itself: its pid in the first line (0
// while there is none), and in the eighth whether it takes connections.
func readPidFile(file string) (pid int, ready bool, err error) {
	text, err := readAccounts(file)
	if err != nil {
		return 0, false, err
	}
	lines := strings.Split(string(text), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, false, nil
	}
	return pid, len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready", nil
}

// readAccounts reads a small file in a directory of the account's. Root follows no
// link there, and waits for no pipe: the account could have put them.
func readAccounts(file string) ([]byte, error) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: remove it", file)
	}
	return io.ReadAll(io.LimitReader(f, 8<<10))
}
