package handler_test

import (
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	code := m.Run()
	if code == 0 {
		// net/http closes a connection half a second after its last answer.
		lingering := goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait")
		if err := goleak.Find(lingering); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}
