package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"carrierhook/internal/datadir"
)

// Join uses the Postgres that another process runs on dir. While that one is
// still starting, Join waits for it. Without an owner it is ErrNotRunning.
func Join(ctx context.Context, dir string) (*Server, error) {
	d, err := datadir.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNotRunning)
	}
	if err != nil {
		return nil, err
	}
	st, err := awaitState(ctx, d)
	if err != nil {
		d.Close()
		return nil, err
	}
	return joined(d, st), nil
}

// awaitState waits until an owner's Postgres answers.
func awaitState(ctx context.Context, dir *datadir.Dir) (state, error) {
	for {
		there, err := isOwned(dir)
		if err != nil {
			return state{}, fmt.Errorf("join the Postgres of %s: %w", dir.Path(), err)
		}
		if !there {
			return state{}, fmt.Errorf("%s: %w", dir.Path(), ErrNotRunning)
		}
		switch st, err := readState(dir); {
		case err == nil && answers(st.Socket):
			return st, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return state{}, fmt.Errorf("join the Postgres of %s: %w", dir.Path(), err)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return state{}, fmt.Errorf("wait for the Postgres of %s%s: %w", dir.Path(), ownerPid(dir), err)
		}
	}
}

// StartOrJoin owns dir, or joins whoever does.
func StartOrJoin(ctx context.Context, dir string, o Options) (*Server, error) {
	for {
		s, err := Start(ctx, dir, o)
		if !errors.Is(err, ErrInUse) {
			return s, err
		}
		s, err = Join(ctx, dir)
		if !errors.Is(err, ErrNotRunning) {
			return s, err
		}
		// The owner went away in between.
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// answers tries the socket; a state file can have outlived a killed owner.
func answers(socket string) bool {
	conn, err := net.DialTimeout("unix", socketFile(socket), time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func joined(dir *datadir.Dir, st state) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{base: st.Base, socket: st.Socket, run: &run{done: make(chan struct{})}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer dir.Close()
		s.run.watch(ctx, dir, st)
	}()
	s.unwatch = func() { cancel(); <-over }
	return s
}

// watch ends when the owner or its Postgres does. It asks, for nothing tells:
// waiting for the lock itself could not be given up again.
func (r *run) watch(ctx context.Context, dir *datadir.Dir, st state) {
	defer close(r.done)
	for pause(ctx, 250*time.Millisecond) == nil {
		there, err := isOwned(dir)
		now, stErr := readState(dir)
		if err = errors.Join(err, stErr); err != nil || !there || now != st {
			r.err = fmt.Errorf("the Postgres of %s, run by process %d, has ended", dir.Path(), st.Pid)
			return
		}
	}
}
