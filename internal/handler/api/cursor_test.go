package api

import (
	"math"
	"testing"
	"time"

	"carrierhook/internal/ledger"
)

// FuzzCursor: what is read as a cursor is written the same, and is a time that
// Postgres has.
func FuzzCursor(f *testing.F) {
	for _, m := range []ledger.Cursor{
		{At: time.UnixMicro(1).UTC()}, {At: time.Date(2026, 11, 22, 4, 5, 6, 789_123_000, time.UTC), Serial: 5},
		{At: time.UnixMicro(lastMicrosecond).UTC(), Serial: math.MaxInt64}, {At: time.UnixMicro(1).UTC(), Serial: math.MinInt64},
	} {
		text := writeCursor(m)
		if got, ok := readCursor(text); !ok || got != m {
			f.Errorf("%v came back as %v, %v", m, got, ok)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "AQ", writeCursor(ledger.Cursor{At: time.UnixMicro(0)}), writeCursor(ledger.Cursor{At: time.UnixMicro(-1)}),
		writeCursor(ledger.Cursor{At: time.UnixMicro(lastMicrosecond + 1)}), writeCursor(ledger.Cursor{At: time.UnixMicro(math.MaxInt64)}),
	} {
		if m, ok := readCursor(text); ok {
			f.Errorf("%q was read as %v", text, m)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := readCursor(text)
		if !ok {
			return
		}
		if again := writeCursor(m); again != text || m.At.Year() < 1970 || m.At.Year() > 9999 {
			t.Errorf("%q was read as %v, which is %q", text, m, again)
		}
	})
}
