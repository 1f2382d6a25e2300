package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// helperEnv makes the test binary another process that owns a directory.
const helperEnv = "LOCALPG_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		os.Exit(helper(os.Args[1]))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := removeTemplate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// patience bounds each wait: a machine may be slow, and only what hangs is to fail.
const patience = 2 * time.Minute

func must(tb testing.TB, errs ...error) {
	tb.Helper()
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
}

// helper owns dir: it says how it went in one line, and stays until its standard
// input ends.
func helper(dir string) int {
	s, err := Start(context.Background(), dir, quick(nil))
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("started")
	io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

type other struct {
	cmd  *exec.Cmd
	in   io.Closer
	said *bufio.Reader
}

// startOther starts the test binary as a helper; line waits for what it says.
func startOther(tb testing.TB, dir string) *other {
	tb.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), helperEnv+"=1")
	in, err := cmd.StdinPipe()
	must(tb, err)
	out, err := cmd.StdoutPipe()
	must(tb, err)
	must(tb, cmd.Start())
	o := &other{cmd: cmd, in: in, said: bufio.NewReader(out)}
	tb.Cleanup(func() {
		in.Close()
		cmd.Wait() // the test has judged what it said
	})
	return o
}

func (o *other) line() string {
	line, _ := o.said.ReadString('\n')
	return strings.TrimSpace(line)
}

// owner starts a helper that owns dir, and waits until its Postgres runs.
func owner(tb testing.TB, dir string) *other {
	tb.Helper()
	o := startOther(tb, dir)
	if got := o.line(); got != "started" {
		tb.Fatal(got)
	}
	return o
}

// kill ends a helper as a crash would.
func (o *other) kill(tb testing.TB) {
	tb.Helper()
	must(tb, o.cmd.Process.Kill())
	o.cmd.Wait()
}

// quick are settings for data that nobody keeps.
func quick(tb testing.TB) Options {
	o := Options{Settings: map[string]string{"fsync": "off", "dynamic_shared_memory_type": "mmap"}} // which a killed server leaves below its data
	if tb != nil {
		o.Log = tb.Logf
	}
	return o
}

func start(tb testing.TB, dir string, o Options) *Server {
	tb.Helper()
	s, err := Start(tb.Context(), dir, o)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Stop()) })
	return s
}

// query runs one statement that gives one text.
func query(tb testing.TB, s *Server, sql string) string {
	tb.Helper()
	return queryAt(tb, s.URL(Database), sql)
}

func queryAt(tb testing.TB, url, sql string) string {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	must(tb, err)
	defer conn.Close(context.Background())
	var text string
	must(tb, conn.QueryRow(tb.Context(), sql).Scan(&text))
	return text
}

// execute runs statements that give nothing.
func execute(tb testing.TB, s *Server, sql string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), s.URL(Database))
	must(tb, err)
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(tb.Context(), sql).ReadAll(); err != nil {
		tb.Fatal(err)
	}
}

// eventually waits for something that another process does.
func eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %s", patience, what)
		}
	}
}
