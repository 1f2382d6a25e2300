package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A directory that root's account cannot reach is an error that says so, with data in
// it and without: there is no other that Postgres would run on instead.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{testDir(t), filledDir(t)} {
		must(t, os.Chmod(filepath.Dir(dir), 0o700))
		s, err := Start(t.Context(), dir, quick(t))
		if err == nil {
			err = s.Stop()
		}
		if os.Geteuid() != 0 { // runs Postgres itself
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Start = %v, want ErrUnreachable", err)
		}
		must(t, os.Chmod(filepath.Dir(dir), 0o711))
		query(t, start(t, dir, quick(t)), "SELECT 'well'")
	}
}
