package api_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// patience is what a test waits at most where only a fault makes it wait.
const patience = 2 * time.Minute

// TestMain also checks that the tests saw each documented status of each operation.
func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	code := m.Run()
	complain := func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
		code = 1
	}
	if code == 0 && wholeRun() {
		for _, what := range theDocument.unseen() {
			complain("documented, and seen by no test: %s", what)
		}
	}
	if code == 0 {
		err := goleak.Find()
		for end := time.Now().Add(patience); err != nil && time.Now().Before(end); { // the machine may be busy
			err = goleak.Find()
		}
		if err != nil {
			complain("%v", err)
		}
	}
	os.Exit(code)
}

// wholeRun tells whether all tests ran, and not some that were chosen.
func wholeRun() bool {
	for _, name := range []string{"run", "skip", "list", "fuzz", "bench"} {
		if flag.Lookup("test."+name).Value.String() != "" {
			return false
		}
	}
	return true
}
