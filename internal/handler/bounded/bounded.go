// Package bounded bounds what a request may take: memory and time for its body, and
// lines in the log.
//
// It knows no message and no answer.
package bounded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Why a body cannot be read.
var (
	ErrTooLarge = errors.New("the body is larger than its limit")
	ErrCutOff   = errors.New("the body did not arrive whole in time")
)

// maxAnnounced is how much memory a body gets because its header says so. A client
// that promises a large body and sends none must not get memory for it.
const maxAnnounced = 16 << 10

// Limits are those of one body.
type Limits struct {
	Until time.Time // when it must have arrived
	Bytes int64
	Small int64 // bytes for which nothing is reserved
}

// Body reads a request's body within its limits: see ErrTooLarge and ErrCutOff. For a
// large one, reserve waits for the memory of size bytes more; its error is Body's. Call
// release, which is never nil, when the body is no longer needed.
func Body(w http.ResponseWriter, r *http.Request, l Limits, reserve func(size int64) (release func(), err error)) (
	body []byte, release func(), err error,
) {
	release = func() {}
	// Not every writer has a connection to set a deadline on; the server's own
	// timeouts hold then. With the body's end net/http lifts the deadline.
	_ = http.NewResponseController(w).SetReadDeadline(l.Until)
	size, first := l.Bytes, int64(0) // at most, if nothing is announced
	if r.ContentLength >= 0 {
		size = min(size, r.ContentLength)
		first = min(size, maxAnnounced)
	}
	b := bytes.NewBuffer(make([]byte, 0, first+bytes.MinRead)) // room for the read that finds the end
	whole := http.MaxBytesReader(w, r.Body, l.Bytes)
	_, failed := b.ReadFrom(io.LimitReader(whole, l.Small+1))
	if failed == nil && int64(b.Len()) > l.Small {
		done, err := reserve(size - l.Small)
		if err != nil {
			return nil, release, err
		}
		release = done
		// All at once: a buffer that grows by itself takes twice as much in all.
		b = bytes.NewBuffer(append(make([]byte, 0, size+bytes.MinRead), b.Bytes()...))
		_, failed = b.ReadFrom(whole)
	}
	if _, large := errors.AsType[*http.MaxBytesError](failed); large {
		failed = ErrTooLarge
	} else if failed != nil {
		failed = fmt.Errorf("%w: %w", ErrCutOff, failed)
	}
	return b.Bytes(), release, failed
}

// Log takes some messages of each kind a second. Anybody can cause one as often as he
// likes, and must not fill the disk with it; the metrics count all.
func Log(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return lazy{c, sync.OnceValue(func() zapcore.Core { return zapcore.NewSamplerWithOptions(c, time.Second, 10, 1000) })}
	}))
}

// lazy makes its sampler with the first line: each takes half a MiB, and most kinds of
// lines are never written.
type lazy struct {
	zapcore.Core
	sampler func() zapcore.Core
}

func (l lazy) With(fields []zapcore.Field) zapcore.Core { return l.sampler().With(fields) }

func (l lazy) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return l.sampler().Check(e, to)
}
