package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Data of another version is an error that says what to do.
func TestOtherMajor(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	opened(t, filepath.Join(dir, "pg14"))
	must(t, os.WriteFile(filepath.Join(dir, "pg14", "PG_VERSION"), []byte("14\n"), 0o600))
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
				must(t, os.MkdirAll(data, 0o700))
				must(t, os.WriteFile(filepath.Join(data, "PG_VERSION"), nil, 0o600))
			}
			in, err := installationFor(base, found)
			if in.bin != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("installationFor = %v, %v, want %q", in, err, tt.want)
			}
		})
	}
}
