package localpg

import (
	"context"
	"errors"
	"syscall"
	"time"

	"carrierhook/internal/datadir"
)

// Start makes the caller the owner of dir, creates the data directory where there
// is none, and starts Postgres on it. It returns when Postgres takes connections;
// ctx bounds the start only. Another owner is ErrInUse.
//
// As root, Postgres runs as account postgres or nobody; where that account cannot
// reach dir, it is ErrUnreachable. Start makes dir, where it is missing, so that the
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
	s := &Server{cluster: cluster{acct: acct, dir: d}, lock: lock, opts: o}
	if err := s.start(ctx, found); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// start does what needs the lock.
func (s *Server) start(ctx context.Context, found []installation) (err error) {
	begun, c := time.Now(), &s.cluster
	if err := c.acct.reaches(ctx, found[0].bin, s.Dir()); err != nil {
		return err
	}
	if c.installation, err = installationFor(s.Dir(), found); err != nil {
		return err
	}
	if c.socket, err = socketDir(s.Dir(), c.acct); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := c.awaitOrphans(ctx); err != nil {
		return err
	}
	if err := c.ensure(ctx, s.opts.Settings["fsync"] != "off"); err != nil {
		return err
	}
	if s.process, err = c.launch(ctx, s.opts.Settings); err != nil {
		return err
	}
	s.opts.logf("Postgres %d runs on %s (started in %v)", c.major, c.data(), time.Since(begun).Round(time.Millisecond))
	return nil
}

// Stop takes Postgres down, waits for its end and gives the directory up. It may be
// called more than once.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	defer s.release()
	return s.process.stop()
}

// Restart stops Postgres, if it runs, and starts it again on the same socket.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	if err := s.process.stop(); err != nil {
		return err
	}
	if err := s.cluster.awaitOrphans(ctx); err != nil { // a crash leaves orphans
		return err
	}
	p, err := s.cluster.launch(ctx, s.opts.Settings)
	if err == nil {
		s.process = p
	}
	return err
}

// Kill ends Postgres as a crash would, and waits until nobody who was connected is
// answered any more. The directory stays owned: Restart brings Postgres back, Stop
// gives up.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	if err := s.process.end(syscall.SIGKILL); err != nil {
		return err
	}
	// What serves a connection sees only after a while that it is alone.
	ctx, cancel := context.WithTimeout(context.Background(), orphanTimeout)
	defer cancel()
	_, err := awaitUnused(ctx, s.cluster.data())
	return err
}

var errStopped = errors.New("the private Postgres was stopped for good")

// release gives the directory up.
func (s *Server) release() {
	s.lock.Close()
	s.cluster.dir.Close()
}
