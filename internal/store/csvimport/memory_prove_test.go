//go:build prove

package csvimport_test

import (
	"runtime"
	"testing"
)

// Memory does not grow with the file. Not parallel: it looks at the whole process's
// memory.
func TestProveMemory(t *testing.T) {
	d := newDatabase(t)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var grown int64
	before := heap()
	const lines, width = 100_000, 70
	d.wantBroken(streamed(lines, width, func() { grown = heap() - before }), lines)
	if grown > 24<<20 {
		t.Errorf("%d MiB were in use at the end of a file of %d MiB", grown>>20, lines*480>>20)
	}
}
