// Package localpg runs a private Postgres from binaries that are already
// installed: the database of a laptop, a demonstration or a test, without a
// service, a container or a port.
//
// One process owns the server and takes it down when it ends, even when it is
// killed; others that name the same directory join it. The server listens on a
// Unix socket only, so nothing else on the machine can reach it by accident and
// it can reach nobody else's.
//
// It knows nothing of what is stored: no schema, no driver. It never fetches
// binaries; get-postgres.sh beside it does, and only when a person asks.
package localpg

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"

	"carrierhook/internal/datadir"
)

// Superuser is the one role of a private server, Database the one it is made with.
const (
	Superuser = "carrierhook"
	Database  = "carrierhook"
)

var (
	// ErrInUse says that another process owns the directory.
	ErrInUse = errors.New("the directory's Postgres is owned by another process")
	// ErrNotRunning says that no process owns the directory: there is nothing to join.
	ErrNotRunning = errors.New("no Postgres is running there")
	// ErrNoBinaries says that no usable Postgres is installed.
	ErrNoBinaries = errors.New("no Postgres 15 or newer was found")
)

// Options of Start. The zero value is right for everything but tests.
type Options struct {
	Log      func(format string, args ...any) // what a person should know; nil is quiet
	Settings map[string]string                // further settings of postgresql.conf
	BinDir   string                           // where initdb and postgres are; "" finds them
}

func (o Options) logf(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Server is a private Postgres, owned or joined.
type Server struct {
	base    string // where the data really is
	socket  string // the directory with the socket
	own     *owned // nil for a joiner
	unwatch func() // ends a joiner's watch

	mu      sync.Mutex // guards what follows
	run     *run
	stopped bool
}

// owned is what only the owner has.
type owned struct {
	dir     *datadir.Dir // as the caller named it
	lock    *os.File
	base    *datadir.Dir // where the data really is
	pin     *os.File     // holds a moved directory against cleaners; or nil
	cluster cluster
	opts    Options
	process *process
}

// run is one life of the server's process, from its start to its end.
type run struct {
	done chan struct{}
	err  error // why it ended though nobody asked; read it after done
}

// URL names a database of the server, for pgx.
func (s *Server) URL(database string) string {
	// Everything that PGHOST and its kin could change is spelt out.
	q := url.Values{
		"host": {s.socket}, "port": {socketPort}, "user": {Superuser}, "sslmode": {"disable"},
		"target_session_attrs": {"any"}, "connect_timeout": {"10"},
	}
	return fmt.Sprintf("postgres:///%s?%s", url.PathEscape(database), q.Encode())
}

// Dir is where the data really is; see Start for when that differs from what was asked.
func (s *Server) Dir() string { return s.base }

// Owner says whether this process owns the server.
func (s *Server) Owner() bool { return s.own != nil }

// Done is closed when Postgres has ended, asked or not, and when a joiner stops.
// After Restart it is another channel.
func (s *Server) Done() <-chan struct{} { return s.current().done }

// Err says why Postgres ended though nobody had asked it to, with the end of its
// log. It is nil while Postgres runs and after Stop.
func (s *Server) Err() error {
	r := s.current()
	select {
	case <-r.done:
		return r.err
	default:
		return nil
	}
}

func (s *Server) current() *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// logName is where the server's own words go.
const logName = "postgres.log"
