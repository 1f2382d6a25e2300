package sandboxtest

import (
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/memnet"
)

// WaitPatience bounds waits that only a hang makes as long.
const WaitPatience = 2 * time.Minute

// InMemory is a client of servers, by the names of their hosts, for bubbles of
// testing/synctest.
func InMemory(tb testing.TB, servers map[string]http.Handler) *http.Client {
	tb.Helper()
	// A bubble's clock begins in the year 2000, when a time in seconds had nine digits.
	time.Sleep(10 * 365 * 24 * time.Hour)
	return memnet.Client(tb, servers)
}
