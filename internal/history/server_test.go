package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/store/storetest"
)

// The settings of both servers. None of it is a secret.
const (
	userName  = "gh_history"
	appID     = "wxhistory"
	pushToken = "historytoken"
	aesKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	apiToken  = "the-carriers-own-systems"
	openID    = "oHistoryOpenID"
)

// server is the program as a process of its own, with a cable of its own to
// Postgres. It can be killed and started again, and then has other ports.
type server struct {
	name    string
	program string
	dir     string
	env     []string
	cable   *cable
	at      atomic.Pointer[addresses] // nil: it is not there
	process *process
	lives   int
}

// addresses are where a server listens.
type addresses struct{ public, internal string }

// process is one life of a server.
type process struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// build makes the program.
func build(tb testing.TB) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-o", program, "carrierhook/cmd/server").CombinedOutput(); err != nil {
		tb.Fatalf("build the server: %v\n%s", err, out)
	}
	return program
}

// newServer makes a server on a database, which it reaches through its cable,
// and starts it. Its deadlines are short, for much of what it meets is meant to
// outlast them.
func newServer(tb testing.TB, name, program, database, queryMode string, receivers []*receiver, platform *platform) *server {
	tb.Helper()
	to, err := url.Parse(database)
	storetest.Must(tb, err)
	socket := filepath.Join(to.Query().Get("host"), ".s.PGSQL."+to.Query().Get("port"))
	s := &server{name: name, program: program, dir: tb.TempDir(), cable: newCable(tb, socket)}
	configure(tb, s.dir, receivers)
	token := sha256.Sum256([]byte(apiToken))
	settings := map[string]string{
		"database_url": fmt.Sprintf("postgres://%s@%s%s?sslmode=disable", to.Query().Get("user"), s.cable.listener.Addr(), to.Path),
		"listen":       "127.0.0.1:0", "internal_listen": "127.0.0.1:0",
		"api_tokens":            fmt.Sprintf("history:read+personal+scans+waybills+events:%x", token),
		"database_query_mode":   queryMode,
		"database_lock_timeout": "250ms", "database_statement_timeout": "700ms", "wechat_deadline": wechatDeadline.String(),
		"wechat_user_name": userName, "wechat_app_id": appID, "wechat_token": pushToken, "wechat_aes_key": aesKey,
		"delivery_key": demo.DeliveryKey, "events_feed": "true",
		"wechat_max_in_flight": "1000", "database_batch_size": "32", // so that pushes of a flood wait for their turn
	}
	maps.Copy(settings, platform.settings(tb, s.dir))
	s.env = environment(settings)
	tb.Cleanup(func() {
		if err := s.kill(); err != nil {
			tb.Error(err)
		}
	})
	storetest.Must(tb, s.start())
	return s
}

// environment is a whole one: nothing that the tests were started with may change
// what a server does.
func environment(settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for key, value := range settings {
		env = append(env, "CARRIERHOOK_"+strings.ToUpper(key)+"="+value)
	}
	return env
}

// start starts a server and returns when it is ready. It ends with the tests,
// even if they are killed.
func (s *server) start() error {
	s.lives++
	log, err := os.Create(filepath.Join(s.dir, fmt.Sprintf("%s-%d.log", s.name, s.lives)))
	if err != nil {
		return err
	}
	defer log.Close()
	p := &process{cmd: exec.Command(s.program, "serve"), log: log.Name(), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.dir, s.env, log, log
	p.cmd.SysProcAttr = dieWithUs()
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		return err
	}
	s.process = p
	at, err := p.awaitReady()
	if err != nil {
		return err
	}
	s.at.Store(at)
	return nil
}

// live starts the process and sees its end, all on one thread: see dieWithUs.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait() // how it ended is of no interest
		close(p.ended)
	}
}

func (p *process) awaitReady() (*addresses, error) {
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(p.log)
		if err != nil {
			return nil, err
		}
		if at := listening(text); at != nil && bytes.Contains(text, []byte(`"msg":"ready"`)) {
			return at, nil
		}
		if p.hasEnded() {
			return nil, fmt.Errorf("a server ended by itself: %s", text)
		}
	}
	return nil, fmt.Errorf("a server is not ready after %v; see %s", patience, p.log)
}

// listening reads a log for where its server listens.
func listening(log []byte) *addresses {
	for line := range bytes.Lines(log) {
		var l struct{ Msg, Public, Internal string }
		if json.Unmarshal(line, &l) == nil && l.Msg == "listening" {
			return &addresses{l.Public, l.Internal}
		}
	}
	return nil
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends a server as kill -9 does. Nothing is said to anybody.
func (s *server) kill() error {
	s.at.Store(nil)
	if s.process == nil {
		return nil
	}
	if err := s.process.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.process.ended
	return nil
}

// healthy waits until the server says that it reaches its database.
func (s *server) healthy() error {
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(50 * time.Millisecond) {
		at := s.at.Load()
		if at == nil {
			continue
		}
		res, err := http.Get("http://" + at.public + "/readyz")
		if err != nil {
			continue
		}
		var said struct{ Status string }
		err = json.NewDecoder(res.Body).Decode(&said)
		res.Body.Close()
		if err == nil && said.Status == "ready" {
			return nil
		}
	}
	return fmt.Errorf("server %s is not healthy after %v", s.name, patience)
}

// logs are all that a server has said in its lives.
func (s *server) logs(tb testing.TB) (all []byte) {
	tb.Helper()
	files, _ := filepath.Glob(filepath.Join(s.dir, s.name+"-*.log")) // fails on a malformed pattern only
	for _, file := range files {
		text, err := os.ReadFile(file)
		storetest.Must(tb, err)
		all = append(all, text...)
	}
	return all
}
