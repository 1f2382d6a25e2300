package history

import (
	"os"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// patience is for all that is waited for: a hang is a failure, slowness is none.
const patience = 5 * time.Minute

// Nothing is left when the tests are over: no goroutine, and so no process.
func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
