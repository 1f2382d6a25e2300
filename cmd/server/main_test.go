package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"carrierhook/internal/store/storetest"

	"github.com/gin-gonic/gin"
)

// asProgram makes the test binary be the program, for the tests that need a
// process of its own: one that gets signals, or is killed.
const asProgram = "CARRIERHOOK_TEST_PROGRAM"

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	// A signal that is caught here is a default for the programs that are started, and
	// one that is ignored, as under nohup, they ignore as well.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	os.Exit(storetest.Main(m))
}
