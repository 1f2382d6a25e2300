package handler_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// stuck is a log that nobody reads.
type stuck struct {
	writing chan string // lines that are being written
	read    chan struct{}
}

func (s *stuck) Write(line []byte) (int, error) {
	s.writing <- string(line)
	<-s.read
	return len(line), nil
}

// TestAnswerBeforeItsLine: an answer is with the sender, whole, before its line is
// written, and the next push on the connection is read after it. Its headers are
// those of an answer of known length.
func TestAnswerBeforeItsLine(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, m := range []wechat.Mode{wechat.Plain, wechat.Secure} {
			t.Run(fmt.Sprintf("%v/%v", f, m), func(t *testing.T) {
				t.Parallel()
				log := &stuck{writing: make(chan string, 2), read: make(chan struct{})}
				s := newServer(t, m, func(o *options) {
					o.Log = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(withoutClock()), zapcore.AddSync(log), zap.DebugLevel))
				})
				var once sync.Once
				unstick := func() { once.Do(func() { close(log.read) }) }
				c := dial(t, s.start(t))
				t.Cleanup(unstick)
				replies := bufio.NewReader(c)
				q, body := samplePush(t, f, m)
				push := fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", handler.Path, q.Values().Encode(), len(body), body)
				for range 2 {
					_, err := io.WriteString(c, push)
					must(t, err)
					res, got := answered(t, replies)
					if names := slices.Sorted(maps.Keys(res.Header)); res.StatusCode != http.StatusOK || res.TransferEncoding != nil || res.Close ||
						!slices.Equal(names, []string{"Content-Length", "Content-Type", "Date"}) || res.Header.Get("Content-Length") != strconv.Itoa(len(got)) {
						t.Errorf("%s, %v, transfer encoding %v", res.Status, res.Header, res.TransferEncoding)
					}
					opened(t, q, f, m, got)
					if line := <-log.writing; !strings.Contains(line, `"msg":"push"`) {
						t.Errorf("the log has %s", line)
					}
					unstick()
				}
			})
		}
	}
}
