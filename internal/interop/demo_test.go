//go:build interop

package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store/storetest"
)

// demonstration is `make run`, on ports of the kernel's choice.
type demonstration struct {
	*process
	dir                                 string // where it was started
	public, internal, merchant, control string // host and port
}

// demo starts the demonstration in a folder of its own, which has bin/server, and
// waits until it has greeted. It waits long for answers: the machine may be busy.
func demo(tb testing.TB, flags ...string) *demonstration {
	tb.Helper()
	dir, err := os.MkdirTemp("", "carrierhook-demo-") // which Postgres' account can pass
	storetest.Must(tb, err)
	tb.Cleanup(func() {
		if err := errors.Join(localpg.Remove(filepath.Join(dir, ".data")), os.RemoveAll(dir)); err != nil {
			tb.Error(err)
		}
	})
	for _, err := range []error{
		os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.Symlink(executable(tb), filepath.Join(dir, "bin", "server")),
	} {
		storetest.Must(tb, err)
	}
	const any = "127.0.0.1:0"
	cmd := exec.Command("bin/server", append([]string{
		"demo", "--listen", any, "--internal-listen", any, "--sandbox-listen", any, "--sandbox-control", any, "--sandbox-patience", "1m",
	}, flags...)...)
	cmd.Dir, cmd.Env = dir, plainEnv()
	d := &demonstration{process: launch(tb, cmd), dir: dir}
	d.await("docs/demo.md")
	found := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(d.said.String())
		if m == nil {
			tb.Fatalf("no %s in\n%s", pattern, d.said)
		}
		return m[1]
	}
	d.public, d.internal = found(`is serving on http://([\d.:]+)/`), found(`Metrics: http://([\d.:]+)/`)
	d.merchant, d.control = found(`Merchants: https?://([\d.:]+)`), found(`Control: http://([\d.:]+)`)
	return d
}

// here puts the demonstration's addresses in place of those that documents have.
func (d *demonstration) here(text string) string {
	return strings.NewReplacer("127.0.0.1:8080", d.public, "127.0.0.1:9090", d.internal, "127.0.0.1:8090", d.merchant, "127.0.0.1:8091", d.control).Replace(text)
}

// asWritten is the reverse of here.
func (d *demonstration) asWritten(text string) string {
	return strings.NewReplacer(d.public, "127.0.0.1:8080", d.internal, "127.0.0.1:9090", d.merchant, "127.0.0.1:8090", d.control, "127.0.0.1:8091").Replace(text)
}

// pasted are lines of a document in one sh, one after the other, in the folder of
// the demonstration, as somebody pastes them; and what each says.
func (d *demonstration) pasted(lines []string) (said []string) {
	d.tb.Helper()
	var script strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&script, "%s\nprintf '\\036%%s\\036' $?\n", line)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script.String())
	cmd.Dir, cmd.Env, cmd.WaitDelay = d.dir, plainEnv(), time.Second
	out, err := cmd.CombinedOutput()
	parts := strings.Split(string(out), "\x1e")
	if err != nil || len(parts) != 2*len(lines)+1 {
		d.tb.Fatalf("sh: %v; %d lines\n%s", err, len(lines), out)
	}
	for i, line := range lines {
		if code := parts[2*i+1]; code != "0" {
			d.tb.Errorf("exit status %s of %s\n%s", code, line, parts[2*i])
		}
		said = append(said, parts[2*i])
	}
	return said
}
