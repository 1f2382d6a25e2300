package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/localpg"
)

// dataDir is a folder that the account of an embedded Postgres can reach. The data
// is in it, or in the folder below it where a demo keeps its own.
func dataDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "carrierhook-test-")
	must(tb, err)
	tb.Cleanup(func() { must(tb, removeData(filepath.Join(dir, demo.Dir)), removeData(dir), os.RemoveAll(dir)) })
	must(tb, os.Chmod(dir, 0o755))
	return dir
}

// removeData waits for a Postgres whose owner was killed, as a test that fails
// does. It also removes what could not be in the folder, and is below /var/tmp.
func removeData(dir string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if err := localpg.Remove(dir); !errors.Is(err, localpg.ErrInUse) || time.Now().After(deadline) {
			return err
		}
	}
}
