//go:build interop

package interop

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"carrierhook/internal/store/storetest"
)

// link is the way to Postgres of one server alone: a socket of its own, which can be
// cut.
type link struct {
	tb   testing.TB
	url  string // of the database, by the link
	path string // of the socket
	to   string // Postgres' socket

	mu    sync.Mutex
	ln    net.Listener
	conns map[net.Conn]struct{}
	wg    sync.WaitGroup
}

const socketName = ".s.PGSQL.5432"

func newLink(tb testing.TB, database string) *link {
	tb.Helper()
	dir, err := os.MkdirTemp("", "link-") // a socket's name has to be short
	storetest.Must(tb, err)
	l := &link{
		tb: tb, url: inFolder(tb, database, dir), path: filepath.Join(dir, socketName),
		to: filepath.Join(socketOf(tb, database), socketName), conns: map[net.Conn]struct{}{},
	}
	l.join()
	tb.Cleanup(func() {
		l.cut()
		_ = os.RemoveAll(dir)
	})
	return l
}

// join makes the way.
func (l *link) join() {
	l.tb.Helper()
	ln, err := net.Listen("unix", l.path)
	if err != nil {
		l.tb.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ln = ln
	l.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			l.wg.Go(func() { l.carry(conn) })
		}
	})
}

// carry takes both directions to their end.
func (l *link) carry(conn net.Conn) {
	defer conn.Close()
	far, err := net.Dial("unix", l.to)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.add(conn, far) {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(far, conn)
		far.Close()
	}()
	_, _ = io.Copy(conn, far)
	conn.Close()
	<-done
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
	delete(l.conns, far)
}

// add notes connections, unless the link was cut meanwhile.
func (l *link) add(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ln == nil {
		return false
	}
	for _, c := range conns {
		l.conns[c] = struct{}{}
	}
	return true
}

// cut ends every connection, and lets no new one come.
func (l *link) cut() {
	l.mu.Lock()
	if l.ln != nil {
		_ = l.ln.Close()
	}
	l.ln = nil
	for c := range l.conns {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// socketOf is the folder with the socket that a URL leads to, and inFolder the same URL
// with another.
func socketOf(tb testing.TB, database string) string {
	tb.Helper()
	u, err := url.Parse(database)
	storetest.Must(tb, err)
	return u.Query().Get("host")
}

func inFolder(tb testing.TB, database, dir string) string {
	tb.Helper()
	u, err := url.Parse(database)
	storetest.Must(tb, err)
	q := u.Query()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String()
}
