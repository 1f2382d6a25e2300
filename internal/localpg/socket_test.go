package localpg

import (
	"path/filepath"
	"strings"
	"testing"
)

// A socket's path may be as long as the system allows and no longer; beyond that,
// and with punctuation in it, the socket is elsewhere and works all the same.
func TestSocketPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"odd, 'name' ü%20", strings.Repeat("x", 120)} {
		t.Run(name[:3], func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(testDir(t), name)
			t.Cleanup(func() { must(t, Remove(dir)) })
			s := start(t, dir, quick(t)) // initdb has to bear such a path too
			query(t, s, "SELECT 'well'")
			if s.cluster.socket != filepath.Join(shortDir(dir), "run") {
				t.Errorf("the socket is in %s", s.cluster.socket)
			}
		})
	}
	longest := testDir(t)
	longest += "/" + strings.Repeat("x", socketMax-len(socketFile(longest+"/run"))-1)
	if got := len(socketFile(longest + "/run")); got != socketMax {
		t.Fatalf("the path has %d bytes", got)
	}
	t.Cleanup(func() { must(t, Remove(longest)) })
	fillDir(t, longest)
	s := start(t, longest, quick(t))
	query(t, s, "SELECT 'well'")
	if s.cluster.socket != filepath.Join(longest, "run") {
		t.Errorf("the socket is in %s", s.cluster.socket)
	}
}
