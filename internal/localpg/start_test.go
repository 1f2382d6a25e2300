package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// What was stored is there after a stop and a start, in directories that only
// the account can enter, and no TCP port was open at any time.
func TestStart(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	s := start(t, dir, quick(t))
	if s.Dir() != dir {
		t.Errorf("Dir() = %q, want %q", s.Dir(), dir)
	}
	execute(t, s, "CREATE TABLE kept (v text); INSERT INTO kept VALUES ('here')")
	for setting, want := range map[string]string{
		"listen_addresses": "", "data_checksums": "on", "server_encoding": "UTF8", "fsync": "off",
	} {
		if got := query(t, s, "SELECT current_setting('"+setting+"')"); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if group, err := syscall.Getpgid(s.process.cmd.Process.Pid); err != nil || group == syscall.Getpgrp() {
		t.Errorf("Postgres is in process group %d, %v: a Ctrl-C for us would stop it too", group, err)
	}
	for _, closed := range []string{s.cluster.data(), s.cluster.socket} {
		info, err := os.Stat(closed)
		must(t, err)
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v, want 0700", closed, info.Mode().Perm())
		}
	}
	for range 2 {
		must(t, s.Stop())
	}
	<-s.Done()
	if err := s.Err(); err != nil {
		t.Errorf("after Stop Err() = %v, want none", err)
	}
	again := start(t, dir, quick(t))
	if got := query(t, again, "SELECT v FROM kept"); got != "here" {
		t.Errorf("after a restart: %q", got)
	}
}

// TestFsyncDefault: what a person keeps is written through.
func TestFsyncDefault(t *testing.T) {
	t.Parallel()
	s := start(t, testDir(t), Options{})
	if got := query(t, s, "SELECT current_setting('fsync')"); got != "on" {
		t.Errorf("fsync = %q", got)
	}
}

// Settings of the caller cannot open the server to the network.
func TestSettingsCannotListen(t *testing.T) {
	t.Parallel()
	o := quick(t)
	o.Settings["listen_addresses"] = "127.0.0.1"
	o.Settings["max_connections"] = "17"
	s := start(t, filledDir(t), o)
	if got := query(t, s, "SELECT current_setting('listen_addresses') || '/' || current_setting('max_connections')"); got != "/17" {
		t.Errorf("settings are %q", got)
	}
}

// A server that cannot start says why in Postgres's own words, and gives the
// directory up.
func TestStartFails(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	o := quick(t)
	o.Settings["shared_buffers"] = "nonsense"
	if _, err := Start(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Fatalf("Start = %v, want an error that names the setting", err)
	}
	start(t, dir, quick(t))
}

// A start that is given up leaves nothing that runs or that blocks the next one.
func TestStartCancelled(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	for _, step := range []string{"", initBegun, launched} {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			defer cancel()
			for step != "" && ctx.Err() == nil && !there(dir, step) {
				time.Sleep(time.Millisecond)
			}
		}()
		if s, err := Start(ctx, dir, quick(t)); err == nil {
			s.Stop() // it was quicker
		}
		cancel()
		<-over
	}
	s := start(t, dir, quick(t))
	query(t, s, "SELECT 'well'")
}

// A crash takes what was not committed, no more, and the same URL works again.
func TestKillRestart(t *testing.T) {
	t.Parallel()
	s := start(t, filledDir(t), quick(t))
	execute(t, s, "CREATE TABLE kept (v text); INSERT INTO kept VALUES ('here')")
	before := s.Done()
	for range 10 { // processes that are to go too
		conn, err := pgx.Connect(t.Context(), s.URL(Database))
		must(t, err)
		defer conn.Close(context.Background())
	}
	must(t, s.Kill())
	<-before
	if left, _, err := users(s.cluster.data(), moment); len(left) > 0 || err != nil {
		t.Errorf("of the killed server are left %v, %v", left, err)
	}
	if _, err := pgx.Connect(t.Context(), s.URL(Database)); err == nil {
		t.Fatal("connected to a killed server")
	}
	if _, err := os.Stat(pidFile(s.cluster.data())); err != nil {
		t.Errorf("the crash was none: %v", err)
	}
	for range 2 { // from dead, and from alive
		must(t, s.Restart(t.Context()))
		if got := query(t, s, "SELECT v FROM kept"); got != "here" {
			t.Errorf("after the crash: %q", got)
		}
	}
	select {
	case <-s.Done():
		t.Error("Done is closed while Postgres runs")
	default:
	}
}

// A server that ends by itself is noticed, with the reason from its log.
func TestEndsByItself(t *testing.T) {
	t.Parallel()
	s := start(t, filledDir(t), quick(t))
	if err := s.Err(); err != nil {
		t.Errorf("Err() = %v while it runs", err)
	}
	must(t, syscall.Kill(s.process.cmd.Process.Pid, syscall.SIGQUIT))
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "immediate shutdown") {
		t.Errorf("Err() = %v, want the end of the log", err)
	}
}

// An interrupted initdb leaves nothing that looks like data, and nothing for ever.
func TestInterruptedInit(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	half := filepath.Join(dir, initPrefix+"123")
	opened(t, half)
	must(t, os.Chmod(dir, 0o711))
	must(t, os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600))
	s := start(t, dir, quick(t))
	query(t, s, "SELECT 'well'")
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half-made directory is still there: %v", err)
	}
}
