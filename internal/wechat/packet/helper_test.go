package packet

import (
	"os"
	"path/filepath"
	"testing"
)

var formats = []Format{XML, JSON}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// addSamples adds WeChat's own packets to the seeds.
func addSamples(f *testing.F, format Format) {
	f.Helper()
	names, err := filepath.Glob("../testdata/*." + format.String())
	must(f, err)
	if len(names) < 10 {
		f.Fatalf("%d samples", len(names))
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		must(f, err)
		f.Add(doc)
	}
}
