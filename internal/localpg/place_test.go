package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where root's account cannot go, the data is below /var/tmp, the caller is
// told, and the next start finds it there. Others need no such place.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	var told []string
	o := quick(t)
	o.Log = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	for range 2 {
		told = nil
		s := start(t, dir, o)
		execute(t, s, "CREATE TABLE IF NOT EXISTS kept (v text); INSERT INTO kept VALUES ('x')")
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() != 0 {
			if s.Dir() != dir {
				t.Errorf("Dir() = %q, want %q", s.Dir(), dir)
			}
			continue
		}
		if s.Dir() != movedDir(dir) || !strings.Contains(strings.Join(told, "\n"), s.Dir()) {
			t.Errorf("Dir() = %q, want %q and a word of it; told: %q", s.Dir(), movedDir(dir), told)
		}
	}
	// Once the directory can be reached, the data is still found.
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, o)
	if got := query(t, s, "SELECT count(*)::text FROM kept"); got != "2" {
		t.Errorf("%s rows are left, want 2", got)
	}
}

// Data that cannot be reached any more is an error, not an empty database.
func TestUnreachableData(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // only root runs Postgres as somebody else
	}
	dir := filledDir(t)
	s := start(t, dir, quick(t))
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), dir, quick(t)); err == nil || !strings.Contains(err.Error(), "there is data in it") {
		t.Errorf("Start = %v", err)
	}
}

// Data of another version is an error that says what to do.
func TestOtherMajor(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	opened(t, filepath.Join(dir, "pg14"))
	if err := os.WriteFile(filepath.Join(dir, "pg14", "PG_VERSION"), []byte("14\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), dir, quick(t)); err == nil || !strings.Contains(err.Error(), "holds data of Postgres 14") {
		t.Errorf("Start = %v", err)
	}
}

// The installation that has data is preferred to the first one found.
func TestInstallationFor(t *testing.T) {
	t.Parallel()
	found := []installation{{"/a", 17}, {"/b", 15}, {"/c", 16}}
	tests := []struct {
		name string
		data []int
		want string
	}{
		{"no data", nil, "/a"},
		{"data of the first", []int{17}, "/a"},
		{"data of another", []int{15}, "/b"},
		{"data of two", []int{15, 16}, "/c"},
		{"newer data without programs", []int{15, 18}, "/b"},
		{"only data without programs", []int{18}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "a[b]*") // nothing of a pattern to Glob
			for _, major := range tt.data {
				data := filepath.Join(base, fmt.Sprintf("pg%d", major))
				if err := os.MkdirAll(data, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			in, err := installationFor(base, found)
			if in.bin != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("installationFor = %v, %v, want %q", in, err, tt.want)
			}
		})
	}
}

// A socket's path may be as long as the system allows and no longer; beyond that,
// and with punctuation in it, the socket is elsewhere and works all the same.
func TestSocketPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"odd, 'name' ü%20", strings.Repeat("x", 120)} {
		t.Run(name[:3], func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(testDir(t), name)
			t.Cleanup(func() {
				if err := Remove(dir); err != nil {
					t.Error(err)
				}
			})
			s := start(t, dir, quick(t)) // initdb has to bear such a path too
			query(t, s, "SELECT 'well'")
			if s.socket != filepath.Join(shortDir(dir), "run") {
				t.Errorf("the socket is in %s", s.socket)
			}
		})
	}
	longest := testDir(t)
	longest += "/" + strings.Repeat("x", socketMax-len(socketFile(longest+"/run"))-1)
	if got := len(socketFile(longest + "/run")); got != socketMax {
		t.Fatalf("the path has %d bytes", got)
	}
	t.Cleanup(func() {
		if err := Remove(longest); err != nil {
			t.Error(err)
		}
	})
	fillDir(t, longest)
	s := start(t, longest, quick(t))
	query(t, s, "SELECT 'well'")
	if s.socket != filepath.Join(longest, "run") {
		t.Errorf("the socket is in %s", s.socket)
	}
}
