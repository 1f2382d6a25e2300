// Command bench measures how many pushes a second the server answers, against
// pgbench on the same statements and the same Postgres, and how many scans it
// takes beside them, in one run.
//
// It uses the server from outside: it builds it, starts it as a process and sends
// HTTP requests to it. It knows the packets and the schema, and of the store's
// insides only the statements, which pgbench is given. It asserts no figure but
// with -bars.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := defaultPlan()
	p.register(flag.CommandLine)
	flag.Parse()
	if err := measureAll(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measureAll is the bench, whole: it measures, writes what it has after each phase, and
// leaves nothing else behind.
func measureAll(ctx context.Context, p plan) (err error) {
	dir, err := workDir(p.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{plan: p, dir: dir, estimates: map[string]*estimate{}}
	if err := b.build(ctx); err != nil {
		return err
	}
	if b.pg, err = startPostgres(ctx, filepath.Join(dir, "pg")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.pg.stop()) }()
	if err := b.describe(ctx); err != nil {
		return err
	}
	for _, phase := range b.phases() {
		if !p.wants(phase.name) {
			continue
		}
		progress("== %s", phase.name)
		if err := phase.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		if b.besides != nil {
			b.besides.Cases = pair(b.report.Cases)
		}
		if err := b.report.write(b.path()); err != nil {
			return err
		}
	}
	b.report.print(os.Stdout)
	b.besides.print(os.Stdout)
	fmt.Println(b.path())
	if n := b.report.failures(); n > 0 {
		return fmt.Errorf("%d pushes or scans were answered otherwise than with ResultCode 0 or recorded", n)
	}
	if p.Bars {
		if n := checkBars(bars, b.report.Cases, p.wants, os.Stdout); n > 0 {
			return fmt.Errorf("%d figures are below their bars", n)
		}
	}
	return nil
}

// workDir makes a directory that Postgres's account can pass.
func workDir(parent string) (string, error) {
	parent, err := filepath.Abs(parent) // commands run in other directories too
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(parent, "carrierhook-bench-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// path is the result's file, by the date and the commit.
func (b *bench) path() string {
	if b.plan.Out != "" {
		return b.plan.Out
	}
	return filepath.Join("bench", "results", b.report.Date[:10]+"-"+b.report.Commit+".json")
}

// describe notes what the figures were made with.
func (b *bench) describe(ctx context.Context) error {
	pg, err := b.pg.durability(ctx)
	if err != nil {
		return err
	}
	commit := output("git", "rev-parse", "--short=12", "HEAD")
	if output("git", "status", "--porcelain", "--", "*.go", "go.mod", "migrations") != "" {
		commit += "-dirty"
	}
	bin, err := program("pgbench")
	if err != nil {
		return err
	}
	machine, err := thisMachine()
	if err != nil {
		return err
	}
	b.report = report{
		Date: time.Now().UTC().Format(time.RFC3339), Commit: commit, Machine: machine, Plan: b.plan, Postgres: pg, Beside: b.besides,
		Versions: map[string]string{
			"go": output("go", "version"), "postgres": pg["server_version"], "pgbench": output(bin, "--version"),
		},
		Command: "go run ./bench " + strings.Join(os.Args[1:], " "),
	}
	return nil
}
