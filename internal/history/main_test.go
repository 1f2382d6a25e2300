package history

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"

	"go.uber.org/goleak"
)

// patience is for all that is waited for: a hang is a failure, slowness is none.
const patience = 5 * time.Minute

// Nothing is left when the tests are over: no goroutine, and so no process.
func TestMain(m *testing.M) {
	code := storetest.Main(m)
	http.DefaultClient.CloseIdleConnections()
	err := goleak.Find()
	for begun := time.Now(); err != nil && time.Since(begun) < patience; { // it gives goroutines but a moment to end
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}
