package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carrierhook/internal/localpg"

	"github.com/jackc/pgx/v5"
)

// postgres is the bench's own server. Its durability is Postgres' default; what
// differs from the defaults is in settings.
type postgres struct {
	*localpg.Server
	dir  string
	conn *pgx.Conn // to the database that localpg made, for what concerns the server
	pid  int       // of the postmaster
}

// settings differ from Postgres' defaults; all but the last are what
// docs/deploying.md advises. The first keeps checkpoints to their timer: a run
// that happens to contain one that the volume forced would say more about the
// setting than about us.
var settings = map[string]string{
	"max_wal_size": "8GB", "shared_buffers": "2GB", "wal_compression": "lz4", "max_connections": "200",
}

func startPostgres(ctx context.Context, dir string) (_ *postgres, err error) {
	p := &postgres{dir: dir}
	if p.Server, err = localpg.Start(ctx, dir, localpg.Options{Settings: settings, Log: progress}); err != nil {
		return nil, err
	}
	if err = p.connect(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *postgres) connect(ctx context.Context) (err error) {
	if p.conn, err = pgx.Connect(ctx, p.URL(localpg.Database)); err != nil {
		return err
	}
	return p.conn.QueryRow(ctx, `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`).Scan(&p.pid)
}

// stop ends the server and deletes its data.
func (p *postgres) stop() error {
	if p.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.conn.Close(ctx) // it goes down anyway
	}
	return errors.Join(p.Stop(), localpg.Remove(p.dir))
}

// durability is what the server itself says of it, for the record.
func (p *postgres) durability(ctx context.Context) (map[string]string, error) {
	rows, _ := p.conn.Query(ctx, `SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version',
		'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers', 'max_wal_size',
		'wal_compression', 'checkpoint_timeout', 'commit_delay', 'commit_siblings', 'data_checksums')`)
	found := map[string]string{}
	var name, value string
	_, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error { found[name] = value; return nil })
	if err != nil {
		return nil, err
	}
	return found, durable(found)
}

// durable refuses settings with which a commit is not durable.
func durable(found map[string]string) error {
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if found[name] != "on" {
			return fmt.Errorf("%s is %q: nothing is measured without Postgres' default durability", name, found[name])
		}
	}
	return nil
}

// slowCommits makes each flush of the log cost 1 ms more, and each commit wait
// for its flush: with commit_siblings = 0 commit_delay holds for a lone commit
// too, and whoever flushes sleeps while holding the right to flush, so that
// others can join but not overtake, as with a slow disk.
func (p *postgres) slowCommits(ctx context.Context, slow bool) error {
	delay, siblings := "0", "5"
	if slow {
		delay, siblings = "1000", "0"
	}
	for _, sql := range []string{
		"ALTER SYSTEM SET commit_delay = " + delay, "ALTER SYSTEM SET commit_siblings = " + siblings, "SELECT pg_reload_conf()",
	} {
		if _, err := p.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	time.Sleep(300 * time.Millisecond) // the postmaster passes the signal on
	return nil
}

// loneCommit measures what the commit of one small change costs when nobody else
// commits.
func (p *postgres) loneCommit(ctx context.Context) (time.Duration, error) {
	if _, err := p.conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS lone (n bigint)"); err != nil {
		return 0, err
	}
	const n = 500
	begun := time.Now()
	for i := range n {
		if _, err := p.conn.Exec(ctx, "INSERT INTO lone VALUES ($1)", i); err != nil {
			return 0, err
		}
	}
	return time.Since(begun) / n, nil
}

// program names one of Postgres' own programs, beside the server that runs.
func program(name string) (string, error) {
	bin, _, err := localpg.FindBinaries()
	if err != nil {
		return "", err
	}
	path := filepath.Join(bin, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is needed: %w", name, err)
	}
	return path, nil
}

// progress reports to standard error what is going on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s "+strings.TrimSuffix(format, "\n")+"\n", append([]any{time.Now().UTC().Format("15:04:05")}, args...)...)
}
