package history

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"carrierhook/internal/store/storetest"

	"go.uber.org/goleak"
)

// Nothing is left when the tests are over: no goroutine, and so no process.
func TestMain(m *testing.M) {
	code := storetest.Main(m)
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}
