package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"carrierhook/internal/datadir"
)

// Start makes the caller the owner of dir, creates the data directory where there
// is none, and starts Postgres on it. It returns when Postgres takes connections;
// ctx bounds the start only. Another owner is ErrInUse.
//
// As root, Postgres runs as account postgres or nobody. Where that account cannot
// reach dir, the data is in a directory below /var/tmp that is named after dir,
// and Options.Log is told. Start makes dir, where it is missing, so that the
// account can pass; one that is there keeps its mode.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	acct, err := serverAccount()
	if err != nil {
		return nil, err
	}
	found, err := acct.installations(o.BinDir)
	if err != nil {
		return nil, err
	}
	d, err := datadir.Make(dir, acct.dirMode())
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(d)
	if err != nil {
		d.Close()
		return nil, err
	}
	s := &Server{own: &owned{dir: d, base: d, lock: lock, opts: o}}
	if err := s.start(ctx, acct, found); err != nil {
		s.own.release()
		return nil, err
	}
	return s, nil
}

// start does what needs the lock.
func (s *Server) start(ctx context.Context, acct *account, found []installation) error {
	begun := time.Now()
	if err := removeState(s.own.dir); err != nil {
		return err
	}
	base, in, err := place(ctx, s.own.dir, acct, found, s.own.opts)
	if err != nil {
		return err
	}
	if s.own.base = base; base != s.own.dir {
		if s.own.pin, err = pinDir(base.Path()); err != nil {
			return err
		}
	}
	socket, err := socketDir(base.Path(), acct)
	if err != nil {
		return err
	}
	s.base, s.socket = base.Path(), socket
	s.own.cluster = cluster{installation: in, acct: acct, base: base, socket: socket}
	if err := s.own.cluster.check(); err != nil {
		return err
	}
	if err := s.own.cluster.awaitLeftovers(ctx); err != nil {
		return err
	}
	if err := s.own.cluster.ensure(ctx, s.own.opts.Settings["fsync"] != "off"); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	s.own.opts.logf("Postgres %d runs on %s (started in %v)", in.major, s.own.cluster.data(), time.Since(begun).Round(time.Millisecond))
	return nil
}

// launch starts the process and tells the joiners.
func (s *Server) launch(ctx context.Context) error {
	p, err := s.own.cluster.launch(ctx, s.own.opts.Settings, func() { _ = removeState(s.own.dir) })
	if err != nil {
		return err
	}
	s.own.process, s.run = p, &p.run
	st := state{Pid: os.Getpid(), Postmaster: p.cmd.Process.Pid, Base: s.base, Socket: s.socket}
	if err := writeState(s.own.dir, st); err != nil {
		return errors.Join(err, p.stop())
	}
	return nil
}

// Stop takes Postgres down, waits for its end and gives the directory up. A
// joiner only stops watching. It may be called more than once.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	if s.own == nil {
		s.unwatch()
		return nil
	}
	err := s.down((*process).stop)
	s.own.release()
	return err
}

// Restart stops Postgres, if it runs, and starts it again on the same socket.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if err := s.down((*process).stop); err != nil {
		return err
	}
	if err := s.own.cluster.awaitLeftovers(ctx); err != nil { // a crash leaves orphans
		return err
	}
	return s.launch(ctx)
}

// Kill ends Postgres as a crash would, and waits until nobody who was connected is
// answered any more. The directory stays owned: Restart brings Postgres back, Stop
// gives up.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if err := s.down((*process).kill); err != nil {
		return err
	}
	// What serves a connection sees only after a while that it is alone.
	ctx, cancel := context.WithTimeout(context.Background(), leftoverPatience)
	defer cancel()
	_, err := awaitUnused(ctx, s.own.cluster.data())
	return err
}

func (s *Server) usable() error {
	switch {
	case s.own == nil:
		return errors.New("only the owner can do that to Postgres")
	case s.stopped:
		return errors.New("the private Postgres was stopped for good")
	}
	return nil
}

func (s *Server) down(how func(*process) error) error {
	return errors.Join(removeState(s.own.dir), how(s.own.process))
}

// release gives the directory up.
func (o *owned) release() {
	o.lock.Close()
	if o.pin != nil {
		o.pin.Close()
	}
	if o.base != o.dir {
		o.base.Close()
	}
	o.dir.Close()
}

// pinDir keeps systemd's cleaner of /var/tmp away from a directory in use: it
// passes over those that somebody holds a lock on.
func pinDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}
