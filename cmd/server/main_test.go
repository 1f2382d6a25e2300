package main

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"carrierhook/internal/store/storetest"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"
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
	code := storetest.Main(m)
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}
