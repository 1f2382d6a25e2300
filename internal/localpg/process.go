package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"carrierhook/internal/datadir"
)

// process is a running postmaster.
type process struct {
	cmd      *exec.Cmd
	log      string
	from     int64       // where in the log this life begins
	stopping atomic.Bool // we end it
	done     chan struct{}
	err      error // why it ended by itself; read it after done
}

// launch starts Postgres and waits until it takes connections.
func (c cluster) launch(ctx context.Context, settings map[string]string) (*process, error) {
	log, from, err := openLog(c.dir)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	// The context bounds the start, not the server's life.
	cmd := c.acct.command(context.WithoutCancel(ctx), c.dir.Path(), filepath.Join(c.bin, "postgres"), c.serverArgs(settings)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Setsid = true // a Ctrl-C is for the owner, which still needs its database then
	dieWithUs(cmd.SysProcAttr, syscall.SIGINT)
	p := &process{done: make(chan struct{}), cmd: cmd, log: c.dir.Join(logName), from: from}
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	if err := p.awaitReady(ctx, pidFile(c.data())); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// live starts the process and sees its end, all on one thread: see dieWithUs.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // ProcessState has how it ended
	if !p.stopping.Load() {
		p.err = fmt.Errorf("the private Postgres ended by itself (%v): %s", p.cmd.ProcessState, p.tail())
	}
	close(p.done)
}

func (p *process) awaitReady(ctx context.Context, file string) error {
	for {
		pid, ready, err := readPidFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if ready && pid == p.cmd.Process.Pid {
			return nil
		}
		select {
		case <-p.done:
			return p.err
		case <-ctx.Done():
			return fmt.Errorf("wait for Postgres to start: %w", context.Cause(ctx))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop takes the server down: fast, which writes out everything and needs no
// recovery; at once if it does not come to that; and in the end by force.
func (p *process) stop() error { return p.end(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL) }

// end sends signals until the process has ended, and waits longest after SIGINT.
func (p *process) end(signals ...syscall.Signal) error {
	p.stopping.Store(true)
	for _, sig := range signals {
		timeout := 10 * time.Second
		if sig == syscall.SIGINT {
			timeout = time.Minute
		}
		if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(timeout):
		}
	}
	return fmt.Errorf("the private Postgres (pid %d) does not stop", p.cmd.Process.Pid)
}

// tail is the end of what this life wrote to the log.
func (p *process) tail() string {
	text, err := readFrom(p.log, p.from)
	if err != nil {
		return err.Error()
	}
	return lastLines(text) + " (the whole log: " + p.log + ")"
}

// logMax is where the log of earlier lives is put aside.
const logMax = 4 << 20

func openLog(dir *datadir.Dir) (log *os.File, from int64, err error) {
	if info, err := dir.Lstat(logName); err == nil && info.Size() > logMax {
		if err := dir.Rename(logName, logName+".1"); err != nil {
			return nil, 0, err
		}
	}
	log, err = dir.OpenFile(logName, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, 0, err
	}
	info, err := log.Stat()
	if err != nil {
		log.Close()
		return nil, 0, err
	}
	return log, info.Size(), nil
}

// readFrom reads a file's end, from an offset on and no more than an error can use.
func readFrom(path string, from int64) (string, error) {
	const limit = 8 << 10
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(from, info.Size()-limit), limit))
	return string(text), err
}

// lastLines shortens a program's output to what an error can carry.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(len(lines)-8, 0):], " | ")
}
