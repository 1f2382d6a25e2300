package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"carrierhook/internal/localpg"
)

// NewStandby is a server that follows a primary, which it reaches through an
// address of TCP. It returns when it answers questions. The primary must not wait
// for standbys meanwhile, for the copy has its settings. It needs pg_basebackup
// beside initdb.
func NewStandby(ctx context.Context, tb testing.TB, primary *localpg.Server, through net.Addr) (*localpg.Server, error) {
	data, err := filepath.Glob(filepath.Join(primary.Dir(), "pg[0-9]*"))
	if err != nil || len(data) != 1 {
		return nil, fmt.Errorf("%d data directories in %s: %v", len(data), primary.Dir(), err)
	}
	host, port, err := net.SplitHostPort(through.String())
	if err != nil {
		return nil, err
	}
	upstream := fmt.Sprintf("host=%s port=%s user=%s sslmode=disable", host, port, localpg.Superuser)
	dir, err := newDir()
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(dir, filepath.Base(data[0]))
	if err := backup(ctx, upstream, data[0], copied); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	server, err := localpg.Start(ctx, dir, localpg.Options{Settings: map[string]string{
		"fsync": "off", sharedMemory: inFiles,
		"primary_conninfo": upstream + " application_name=standby", "wal_retrieve_retry_interval": "100ms",
	}})
	if err != nil {
		return nil, errors.Join(err, localpg.Remove(dir))
	}
	tb.Cleanup(func() {
		if err := errors.Join(server.Stop(), localpg.Remove(dir)); err != nil {
			tb.Error(err)
		}
	})
	return server, nil
}

// backup copies a running primary to a directory of the same owner, for a standby.
func backup(ctx context.Context, upstream, from, to string) error {
	bin, _, err := localpg.FindBinaries()
	if err != nil {
		return err
	}
	program := filepath.Join(bin, "pg_basebackup")
	if _, err := os.Stat(program); err != nil {
		return fmt.Errorf("a standby needs pg_basebackup (Debian: postgresql-client): %w", err)
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, "--pgdata="+to, "--dbname="+upstream, "--checkpoint=fast", "--no-sync", "--wal-method=stream")
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "HOME=/"}
	cmd.Dir = "/"
	if owner := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 {
		if err := os.Chown(to, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	mark, err := os.OpenFile(filepath.Join(to, "standby.signal"), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return mark.Close()
}
