package handler

import (
	"context"
	"errors"
	"time"

	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
)

const (
	// maxSmall is how large a body may be that has no share in maxLarge: larger than
	// WeChat's pushes are.
	maxSmall = 16 << 10

	// maxLarge is how many bytes all bodies together may have beyond maxSmall each.
	maxLarge = 8 << 20
)

// errNoMemory refuses a large body.
var errNoMemory = errors.New("others' large bodies took all their memory until the deadline")

// read takes the body, up to its limit in bytes and time. Call release, which gives
// back its share in maxLarge, when it was opened.
func (p *Push) read(c *gin.Context, until time.Time) (body []byte, release func(), err error) {
	limits := bounded.Limits{Until: until, Bytes: p.MaxBody, Small: maxSmall}
	return bounded.Body(c.Writer, c.Request, limits, func(size int64) (func(), error) {
		ctx, cancel := context.WithDeadline(c.Request.Context(), until)
		defer cancel()
		size = min(size, maxLarge)
		if err := p.large.Acquire(ctx, size); err != nil {
			return nil, errNoMemory
		}
		return func() { p.large.Release(size) }, nil
	})
}

// open opens a push in its turn: what strangers send takes no more processors than
// there are, and no more memory than those need.
func (p *Push) open(to *Account, q wechat.Query, body []byte) (*wechat.Push, error) {
	p.opening <- struct{}{}
	defer func() { <-p.opening }()
	return to.Receiver.Open(q, body)
}
