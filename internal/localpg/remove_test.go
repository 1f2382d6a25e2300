package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Remove leaves what is not this package's.
func TestRemove(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	s := start(t, dir, quick(t))
	must(t, s.Stop())
	mine := filepath.Join(dir, "demo.json")
	must(t, os.WriteFile(mine, nil, 0o600))
	must(t, Remove(dir))
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "demo.json" {
		t.Errorf("left is %v, want demo.json", left)
	}
	must(t, os.Remove(mine))
	for range 2 {
		must(t, Remove(dir))
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty directory is still there: %v", err)
	}
}
