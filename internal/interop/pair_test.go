//go:build interop

package interop

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// pair is a Postgres and its synchronous standby, as docs/backup.md has them, and the
// URL that leads to whichever takes writes.
type pair struct {
	testing.TB
	primary, standby *localpg.Server
	url              string
}

// startPair makes the standby with pg_basebackup, and has every commit wait for it.
func startPair(t *testing.T) pair {
	t.Helper()
	p := pair{TB: t, primary: storetest.NewServer(t)}
	database := p.primary.URL(localpg.Database)
	migrate(t, database)
	stock(t, database)

	// Not the test's own folder: Postgres' account has to pass.
	dir, err := os.MkdirTemp("", "standby-")
	storetest.Must(t, err)
	storetest.Must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() {
		if err := localpg.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	p.copyTo(dir)
	p.standby, err = localpg.Start(t.Context(), dir, localpg.Options{Log: t.Logf, Settings: map[string]string{
		"fsync": "off", "dynamic_shared_memory_type": "mmap",
	}})
	storetest.Must(t, err)
	t.Cleanup(func() {
		if err := p.standby.Stop(); err != nil {
			t.Error(err)
		}
	})
	const wait = "ALTER SYSTEM SET synchronous_standby_names = '*'"
	for _, part := range []string{wait, " -R -X stream ", "target_session_attrs=read-write"} {
		if !strings.Contains(section(t, "docs/backup.md", "## A synchronous standby"), part) {
			t.Errorf("docs/backup.md says nothing of %q", part)
		}
	}
	p.one(p.primary, wait)
	p.one(p.primary, "SELECT pg_reload_conf()::text")
	p.awaitSync()

	u, err := url.Parse(database)
	storetest.Must(t, err)
	q := u.Query()
	q.Set("host", q.Get("host")+","+socketOf(t, p.standby.URL("")))
	q.Set("port", q.Get("port")+","+q.Get("port"))
	q.Set("target_session_attrs", "read-write")
	u.RawQuery = q.Encode()
	p.url = u.String()
	return p
}

// copyTo makes a copy of the primary, which is its standby, below a folder. It is the
// account's that runs Postgres, and so is all in it.
func (p pair) copyTo(dir string) {
	p.Helper()
	bin, _, err := localpg.FindBinaries()
	if err != nil {
		p.Fatal(err)
	}
	program := filepath.Join(bin, "pg_basebackup")
	if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
		program = "pg_basebackup" // get-tools.sh got it
	}
	found, err := filepath.Glob(filepath.Join(p.primary.Dir(), "pg*"))
	if err != nil || len(found) != 1 {
		p.Fatalf("the primary's data is in %q, %v", found, err)
	}
	data := filepath.Join(dir, filepath.Base(found[0]))
	mustSay(p, "", program, "-h", socketOf(p, p.primary.URL("")), "-U", localpg.Superuser, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	info, err := os.Stat(found[0])
	if err != nil {
		p.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	err = filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
	})
	if err != nil {
		p.Fatal(err)
	}
}

// one reads one text of a server of the pair; a statement that has none gives "".
func (p pair) one(pg *localpg.Server, sql string, args ...any) (text string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, pg.URL(localpg.Database))
	if err != nil {
		p.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, sql, args...).Scan(&text); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		p.Fatalf("%s: %v", sql, err)
	}
	return text
}

// await waits until a server says yes, or there is no reason to wait any more.
func (p pair) await(what string, pg *localpg.Server, sql string, over ...func() bool) {
	p.Helper()
	for begun := time.Now(); p.one(pg, "SELECT ("+sql+")::text") != "true"; time.Sleep(5 * time.Millisecond) {
		if len(over) > 0 && over[0]() {
			return
		}
		if time.Since(begun) > patience {
			p.Fatalf("%s never came", what)
		}
	}
}

func (p pair) awaitSync() {
	p.Helper()
	p.await("synchronous standby", p.primary, "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'")
}

// status is a parcel's, on a server of the pair.
func (p pair) status(pg *localpg.Server, parcel int) string {
	p.Helper()
	return p.one(pg, "SELECT status FROM waybill WHERE waybill_id = 'parcel' || $1::int", parcel)
}
