//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// The servers' settings. None of it is a secret.
const (
	userName = "gh_abcdefg"
	appID    = "wxb11529c136998cb6"
	token    = "interoptoken"
	aesKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	pushPath = "/wechat/push"
)

// built is the folder of the program that the tests have built.
var built string

// program builds the program, at the first call, as `make run` does.
var program = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "carrierhook-interop-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "server")
	cmd := exec.Command("go", "build", "-o", path, "carrierhook/cmd/server")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
})

func executable(tb testing.TB) string {
	tb.Helper()
	path, err := program()
	if err != nil {
		tb.Fatalf("build the server: %v", err)
	}
	return path
}

// output is what a process writes, and may be read meanwhile.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// process runs beside the tests until it is ended.
type process struct {
	tb    testing.TB
	cmd   *exec.Cmd
	said  *output
	stop  os.Signal // what it ends well by
	ended chan struct{}
	err   error // of its end
}

// launch starts a process. It gets SIGTERM at the test's end, unless stop is set to
// something else, and must end well.
func launch(tb testing.TB, cmd *exec.Cmd) *process {
	tb.Helper()
	p := &process{tb: tb, cmd: cmd, said: new(output), stop: syscall.SIGTERM, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	storetest.Must(tb, cmd.Start())
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	tb.Cleanup(p.end)
	return p
}

// end ends a process by its own id. A second call does nothing.
func (p *process) end() {
	select {
	case <-p.ended:
		return
	default:
	}
	_ = p.cmd.Process.Signal(p.stop)
	select {
	case <-p.ended:
		if p.err != nil {
			p.tb.Errorf("%s ended with %v:\n%s", p.cmd.Path, p.err, p.said)
		}
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.tb.Errorf("%s did not end:\n%s", p.cmd.Path, p.said)
	}
}

// await waits until a process has said a part.
func (p *process) await(part string) {
	p.tb.Helper()
	p.until(part, func() bool { return strings.Contains(p.said.String(), part) })
}

// until waits for what a process does.
func (p *process) until(what string, done func() bool) {
	p.tb.Helper()
	for begun := time.Now(); !done(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			p.tb.Fatalf("%s ended: %v\n%s", p.cmd.Path, p.err, p.said)
		default:
		}
		if time.Since(begun) > patience {
			p.tb.Fatalf("%s never came:\n%s", what, p.said)
		}
	}
}

// server is ours, on ports of the kernel's choice.
type server struct {
	*process
	public, internal string // where it listens
}

// serve starts a server on a database, with further settings KEY=value.
func serve(tb testing.TB, database string, settings ...string) *server {
	tb.Helper()
	return serveIn(tb, tb.TempDir(), database, settings...)
}

// serveIn is serve in a folder, which may have a configuration file.
func serveIn(tb testing.TB, dir, database string, settings ...string) *server {
	tb.Helper()
	cmd := exec.Command(executable(tb), "serve")
	cmd.Dir = dir
	cmd.Env = environment(database, append([]string{
		"LISTEN=127.0.0.1:0", "INTERNAL_LISTEN=127.0.0.1:0", "SHUTDOWN_DRAIN=0s",
		"WECHAT_USER_NAME=" + userName, "WECHAT_APP_ID=" + appID, "WECHAT_TOKEN=" + token, "WECHAT_AES_KEY=" + aesKey,
	}, settings...)...)
	s := &server{process: launch(tb, cmd)}
	s.await(`"msg":"ready"`)
	for line := range strings.Lines(s.said.String()) {
		var l struct{ Msg, Public, Internal string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "listening" {
			s.public, s.internal = "http://"+l.Public, "http://"+l.Internal
		}
	}
	return s
}

func environment(database string, settings ...string) []string {
	env := plainEnv("CARRIERHOOK_DATABASE_URL=" + database)
	for _, s := range settings {
		env = append(env, "CARRIERHOOK_"+s)
	}
	return env
}

// stocked is a database with a merchant, some waybills, and what the carrier offers.
func stocked(tb testing.TB) string {
	tb.Helper()
	url := storetest.URL(tb)
	stock(tb, url)
	return url
}

func stock(tb testing.TB, url string) {
	tb.Helper()
	put := func(what, csv string) {
		tb.Helper()
		cmd := exec.Command(executable(tb), "import", what, "-")
		cmd.Dir, cmd.Env, cmd.Stdin = tb.TempDir(), environment(url), strings.NewReader(csv)
		if out, err := cmd.CombinedOutput(); err != nil {
			tb.Fatalf("import %s: %v\n%s", what, err, out)
		}
	}
	put("merchants", "biz_id,biz_pwd,quota\nxyz,xyz123,210\n")
	waybills := "biz_id,waybill_id,order_id,status\n"
	for _, w := range []string{"n1,o1", "n2,o2", "n3,o3", "n4,o4", "n5,o5", "n6,o6", "n7,o7", "n8,o8"} {
		waybills += "xyz," + w + ",booked\n"
	}
	for i := range 200 {
		waybills += fmt.Sprintf("xyz,parcel%d,order%d,booked\n", i, i)
	}
	put("waybills", waybills+"xyz,moving,moving,in_transit\n")
	for _, what := range []string{"services", "areas", "routes", "ranges"} {
		put(what, read(tb, "internal/demo/samples/"+what+".csv"))
	}
}

// migrate makes the schema.
func migrate(tb testing.TB, database string) {
	tb.Helper()
	cmd := exec.Command(executable(tb), "migrate")
	cmd.Dir, cmd.Env = tb.TempDir(), environment(database)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("migrate: %v\n%s", err, out)
	}
}
