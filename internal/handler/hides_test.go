package handler_test

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// hides fails the test if the log or the metrics show one of the texts.
func hides(t testing.TB, s *server, secrets ...string) {
	t.Helper()
	log, metrics := s.written.String(), secondsSum.ReplaceAllString(s.scrape(t), "$1")
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %q:\n%s", secret, log)
		}
		if strings.Contains(metrics, secret) {
			t.Errorf("the metrics show %q", secret)
		}
	}
}

// secondsSum is a metric whose value is whatever digits the clock makes, among them
// now and then those of a secret.
var secondsSum = regexp.MustCompile(`(?m)^(carrierhook_push_duration_seconds_sum\S*) \S+$`)

// withoutClock writes the log without the digits of a clock, for the same reason.
func withoutClock() zapcore.EncoderConfig {
	c := zap.NewProductionEncoderConfig()
	c.EncodeTime = func(_ time.Time, to zapcore.PrimitiveArrayEncoder) { to.AppendString("then") }
	c.EncodeDuration = func(_ time.Duration, to zapcore.PrimitiveArrayEncoder) { to.AppendString("a while") }
	return c
}

// output collects what several goroutines write.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Reset()
}

func (o *output) Sync() error { return nil }

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
