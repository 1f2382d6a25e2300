package api

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"carrierhook/internal/ledger"
)

// A cursor is a position in the ledger, which clients send back as they got it: a version,
// the time in microseconds since 1970, the ledger's own precision, and the serial number.
const (
	cursorVersion = 1
	cursorSize    = 1 + 8 + 8
)

// lastMicrosecond is the end of the year 9999.
const lastMicrosecond = 253_402_300_800_000_000 - 1

func writeCursor(m ledger.Cursor) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(m.At.UnixMicro()))
	b = binary.BigEndian.AppendUint64(b, uint64(m.Serial))
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor accepts only what writeCursor writes.
func readCursor(s string) (ledger.Cursor, bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != cursorSize {
		return ledger.Cursor{}, false
	}
	at := int64(binary.BigEndian.Uint64(b[1:]))
	m := ledger.Cursor{At: time.UnixMicro(at).UTC(), Serial: int64(binary.BigEndian.Uint64(b[9:]))}
	return m, at > 0 && at <= lastMicrosecond && writeCursor(m) == s
}
