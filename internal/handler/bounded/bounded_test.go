package bounded_test

import (
	"io"
	"testing"

	"carrierhook/internal/handler/bounded"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A log that has not written yet takes no memory to speak of: a server has some twenty
// of them. What it samples is the same.
func TestLogIsLazy(t *testing.T) { // not parallel: allocations are the process's
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(io.Discard), zap.InfoLevel))
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			bounded.Log(log)
		}
	})
	if got := result.AllocedBytesPerOp(); got > 4<<10 {
		t.Errorf("%d bytes", got)
	}
}
