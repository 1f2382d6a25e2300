package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// writeScript makes pgbench's script. Each client goes through its own share of
// the waybills, scattered like the loader's.
func writeScript(path string, statements []string, count, clients int) error {
	meta := []string{
		`\set i :i + 1`,
		fmt.Sprintf(`\set n ((:i - 1) * %d + :client_id) * %d %% %d`, clients, step, count),
		fmt.Sprintf(`\set biz %d + :n %% %d`, firstBiz, merchants),
		fmt.Sprintf(`\set waybill %d + :n`, firstWaybill),
		fmt.Sprintf(`\set order %d + :n`, firstOrder),
		`\set id random(1, 9223372036854775807)`,
	}
	return os.WriteFile(path, []byte(strings.Join(append(meta, statements...), "\n")+"\n"), 0o644)
}

// pgbench runs the statements in one transaction a waybill.
func (w *database) pgbench(ctx context.Context, statements []string, clients int, d time.Duration) (figures, error) {
	bin, err := program("pgbench")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(w.pg.dir, "cancel.pgbench")
	if err := writeScript(path, statements, w.count, clients); err != nil {
		return nil, err
	}
	cfg := w.conn.Config()
	args := []string{
		"-n", "-M", "prepared", "-f", path, "-T", strconv.Itoa(max(1, int(d.Seconds()))),
		"-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)), "-D", "i=0",
		"-D", "now=" + time.Now().UTC().Format("2006-01-02 15:04:05.000000+00"),
		"-h", cfg.Host, "-p", strconv.Itoa(int(cfg.Port)), "-U", cfg.User,
	}
	for name, value := range variables {
		args = append(args, "-D", name+"="+value)
	}
	cmd := exec.CommandContext(ctx, bin, append(args, cfg.Database)...)
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "LD_LIBRARY_PATH=" + os.Getenv("LD_LIBRARY_PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	f, err := readPgbench(string(out))
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && err == nil {
		f["loader_cpu_us_a_push"] = ratio(usage(u)*1e6, f["pushes"])
	}
	return f, err
}

var pgbenchFigures = regexp.MustCompile(`(?ms)^number of transactions actually processed: (\d+).*^tps = ([\d.]+) \(without initial connection time\)`)

// readPgbench reads what pgbench says of a run.
func readPgbench(out string) (figures, error) {
	found := pgbenchFigures.FindStringSubmatch(out)
	if found == nil {
		return nil, fmt.Errorf("pgbench says neither tps nor how many: %s", out)
	}
	processed, err := strconv.ParseFloat(found[1], 64)
	perSecond, tpsErr := strconv.ParseFloat(found[2], 64)
	return figures{"pushes": processed, "pushes_per_second": perSecond}, errors.Join(err, tpsErr)
}

// measurePgbench is one run of the baseline.
func (b *bench) measurePgbench(ctx context.Context, w *database, statements []string, clients int) (r round, err error) {
	if err := w.putBack(ctx); err != nil {
		return r, err
	}
	before, err := familyCPU(w.pg.pid)
	if err != nil {
		return r, err
	}
	r.Figures, err = w.pgbench(ctx, statements, clients, b.plan.Length.Duration)
	if err != nil {
		return r, err
	}
	time.Sleep(100 * time.Millisecond) // its backends end, and are counted when they have
	after, err := familyCPU(w.pg.pid)
	if err != nil {
		return r, err
	}
	cancelled, err := w.done(ctx, cancels)
	if err != nil {
		return r, err
	}
	w.replied[cancels].good = cancelled
	r.Figures["seconds"] = b.plan.Length.Seconds()
	r.Figures["postgres_cpu_us_a_push"] = ratio((after-before)*1e6, r.Figures["pushes"])
	if processed := int(r.Figures["pushes"]); processed < w.count/2 && cancelled != processed { // else it may have begun again
		return r, fmt.Errorf("pgbench did %d transactions, and %d waybills are cancelled", processed, cancelled)
	}
	return r, nil
}
