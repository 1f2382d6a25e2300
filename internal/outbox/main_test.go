package outbox

import (
	"os"
	"testing"

	"carrierhook/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
