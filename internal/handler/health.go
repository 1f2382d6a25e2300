package handler

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// pingFor is how long the result of a ping is used, so that health checks cost the
// database nothing however often they come.
const pingFor = time.Second

// Health answers the load balancer and the container engine.
//
// A database that goes away later leaves the server ready: all replicas share
// it, and taking them all out of the balancer would turn an honest -1 into a
// 502. Strict makes it 503 all the same.
type Health struct {
	Ping   func(context.Context) error // whether the database answers and takes writes
	Strict bool
	// Changed gets why the database stopped answering or taking writes, and nil when
	// it is back. It may be nil.
	Changed func(error)

	started  atomic.Bool
	draining atomic.Bool

	mu     sync.Mutex
	pinged time.Time
	err    error
}

// Started says that the database was reached and its schema is right.
func (h *Health) Started() { h.started.Store(true) }

// Drain says that the server is about to stop: no new requests.
func (h *Health) Drain() { h.draining.Store(true) }

func (h *Health) mount(r gin.IRoutes) {
	getOrHead(r, "/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "alive"}) })
	getOrHead(r, "/readyz", func(c *gin.Context) {
		status, code := h.status(c.Request.Context())
		c.JSON(code, gin.H{"status": status})
	})
}

func (h *Health) status(ctx context.Context) (string, int) {
	switch {
	case h.draining.Load():
		return "draining", http.StatusServiceUnavailable
	case !h.started.Load():
		return "starting", http.StatusServiceUnavailable
	case h.ping(ctx) == nil:
		return "ready", http.StatusOK
	case h.Strict:
		return "degraded", http.StatusServiceUnavailable
	}
	return "degraded", http.StatusOK
}

func (h *Health) ping(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.pinged) > pingFor {
		// Not the request's context: the result serves others.
		before := h.err
		h.err, h.pinged = h.Ping(context.WithoutCancel(ctx)), time.Now()
		if h.Changed != nil && (before == nil) != (h.err == nil) {
			h.Changed(h.err)
		}
	}
	return h.err
}
