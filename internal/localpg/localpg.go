// Package localpg runs a private Postgres from binaries that are already
// installed: the database of a laptop, a demonstration or a test, without a
// service, a container or a port.
//
// One process owns the server and takes it down when it ends, even when it is
// killed. The server listens on a Unix socket only, so nothing else on the machine
// can reach it by accident and it can reach nobody else's.
//
// It knows nothing of what is stored: no schema, no driver. It never fetches
// binaries; get-postgres.sh beside it does, and only when a person asks.
package localpg

import (
	"errors"
	"os"
	"sync"
)

// Superuser is the one role of a private server, Database the one it is made with.
const (
	Superuser = "carrierhook"
	Database  = "carrierhook"
)

var (
	// ErrInUse says that another process owns the directory.
	ErrInUse = errors.New("the directory's Postgres is owned by another process")
	// ErrUnreachable says that the account which Postgres runs as cannot use the directory.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrNoBinaries says that no usable Postgres is installed.
	ErrNoBinaries = errors.New("no Postgres 15 or newer was found")
)

// Options of Start. The zero value is right for everything but tests.
type Options struct {
	Log      func(format string, args ...any) // gets what a person should know; nil is quiet
	Settings map[string]string                // further settings of postgresql.conf
	BinDir   string                           // where initdb and postgres are; "" finds them
}

func (o Options) logf(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Server is a private Postgres that this process owns.
type Server struct {
	cluster cluster
	lock    *os.File
	opts    Options

	mu      sync.Mutex // guards what follows
	process *process
	stopped bool
}

// URL names a database of the server, for pgx.
func (s *Server) URL(database string) string { return socketURL(s.cluster.socket, database) }

// Dir is the directory that Start was given, made absolute.
func (s *Server) Dir() string { return s.cluster.dir.Path() }

// Done is closed when Postgres has ended, by Stop or by itself. After Restart it is
// another channel.
func (s *Server) Done() <-chan struct{} { return s.current().done }

// Err says why Postgres ended by itself, with the end of its log. It is nil while Postgres runs and after Stop.
func (s *Server) Err() error {
	p := s.current()
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// logName is where the server writes its log.
const logName = "postgres.log"
