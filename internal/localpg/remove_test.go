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
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "demo.json")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "demo.json" {
		t.Errorf("left is %v, want demo.json", left)
	}
	if err := os.Remove(mine); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Remove(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty directory is still there: %v", err)
	}
}
