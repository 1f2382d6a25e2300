package outbox

import (
	"net/http"
	"testing"

	"carrierhook/internal/store/storetest"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Of many failures the first is in the log, with what failed and why.
func TestFailureIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	core, log := observer.New(zap.InfoLevel)
	w.seen = []zap.Option{zap.WrapCore(func(zapcore.Core) zapcore.Core { return core })}
	v := newReceiver(always(http.StatusTeapot))
	w.serve(t, v.endpoint("dispatch"))
	w.leased(t, 1)
	w.write(t, many(20, 1)...)
	storetest.Until(t, "all have failed", func() bool { return w.Int(t, `SELECT count(*) FROM event_retry`) == 20 })
	lines := log.FilterMessage("event was not taken").All()
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	line := lines[0].ContextMap()
	for field, want := range map[string]any{"endpoint": "dispatch", "result": "status_4xx", "failure": "status 418", "attempt": int64(1)} {
		if line[field] != want {
			t.Errorf("%s is %v", field, line[field])
		}
	}
	if line["kind"] == "" || line["id"] == "" {
		t.Errorf("%v", line)
	}
}
