package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carrierhook/internal/localpg"
)

// NewServer is a server for one test that stops, kills or restarts it. Its
// database localpg.Database is empty. What it has committed survives Kill.
func NewServer(tb testing.TB) *localpg.Server {
	tb.Helper()
	dir, err := newDir()
	Must(tb, err)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	// Without fsync the kernel still has what a killed Postgres wrote;
	// synchronous_commit has to stay on, for without it that is not written yet.
	server, err := localpg.Start(ctx, dir, localpg.Options{Log: tb.Logf, Settings: map[string]string{
		"fsync": "off", sharedMemory: inFiles,
	}})
	if err != nil {
		tb.Fatalf("no Postgres to test with: %v", errors.Join(err, localpg.Remove(dir)))
	}
	tb.Cleanup(func() {
		if err := errors.Join(server.Stop(), localpg.Remove(dir)); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// shared is what Main has to take down: empty if no test asked for a server.
var shared struct {
	dir    string
	server *localpg.Server
}

func startShared() (*localpg.Server, error) {
	sweep()
	dir, err := newDir()
	if err != nil {
		return nil, err
	}
	shared.dir = dir
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	// Nothing of this survives a crash, and nothing has to.
	shared.server, err = localpg.Start(ctx, dir, localpg.Options{Settings: map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
		sharedMemory: inFiles,
	}})
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, shared.server); err != nil {
		return nil, fmt.Errorf("make the template: %w", err)
	}
	return shared.server, nil
}

func stopShared() error {
	if shared.dir == "" {
		return nil
	}
	var err error
	if shared.server != nil {
		err = shared.server.Stop()
	}
	return errors.Join(err, localpg.Remove(shared.dir))
}

// A killed Postgres leaves its shared memory behind. As files it is below the data,
// which is removed.
const sharedMemory, inFiles = "dynamic_shared_memory_type", "mmap"

const dirPattern = "carrierhook-storetest-"

// newDir makes a directory that Postgres's account can pass, which those of
// testing.TB are not for root's.
func newDir() (string, error) {
	dir, err := os.MkdirTemp("", dirPattern+"*")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// sweep removes what killed test binaries left. A directory younger than that may
// belong to one that is just starting; one in use is refused by Remove.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPattern+"*")) // fails on a malformed pattern only
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 5*Patience {
			_ = localpg.Remove(dir) // somebody else's is theirs to remove
		}
	}
}
