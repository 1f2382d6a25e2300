package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/event"

	"go.uber.org/zap"
)

const (
	// maxWait is how long a request may wait for an event.
	maxWait = time.Minute

	// maxWaits is how many requests of one token may wait.
	maxWaits = 16
)

// Feed hands out events. Of a cursor that leads nowhere the error is event.ErrOtherEpoch,
// event.ErrDropped or event.ErrAhead.
type Feed interface {
	Read(context.Context, event.Query) (event.Page, error)
	// Wait returns when there may be an event behind a cursor, or with an error when the
	// context ends.
	Wait(context.Context, event.Cursor) error
}

// feedQuery is a query that may wait for an event.
type feedQuery struct {
	event.Query
	wait time.Duration
}

var feedParams = []string{"after", "kinds", "limit", "wait"}

func decodeFeedQuery(r *request) (feedQuery, error) {
	q := feedQuery{event.Query{Limit: r.queryInt("limit", 1, maxLimit, defaultLimit)}, 0}
	if r.query.Has("after") {
		text := r.query.Get("after")
		if c, ok := event.ParseCursor(text); ok {
			q.After = &c
		} else if q.Latest = text == "latest"; !q.Latest {
			r.fail(invalidField("after", "is neither a cursor nor latest"))
		}
	}
	if r.query.Has("kinds") {
		for name := range strings.SplitSeq(r.query.Get("kinds"), ",") {
			if !slices.Contains(event.Kinds(), event.Kind(name)) {
				r.fail(invalidField("kinds", "has a kind that there is not; "+theKinds()))
			}
			q.Kinds = append(q.Kinds, event.Kind(name))
		}
	}
	if r.query.Has("wait") {
		var err error
		if q.wait, err = time.ParseDuration(r.query.Get("wait")); err != nil || q.wait < 0 || q.wait > maxWait {
			r.fail(invalidField("wait", fmt.Sprintf("is not a time of at most %v such as 30s", maxWait)))
		}
	}
	return q, nil
}

// events answers with the events behind a cursor. If there is none yet it may wait for one.
func (a *API) events(r *request, q feedQuery) (feedJSON, error) {
	if a.Feed == nil {
		return feedJSON{}, problemOf(notFound, "the feed is off: the setting events.feed turns it on")
	}
	page, err := a.Feed.Read(r.ctx, q.Query)
	if err == nil && len(page.Events) == 0 && q.wait > 0 {
		page, err = a.awaitEvents(r, q, page)
	}
	if err != nil {
		return feedJSON{}, err
	}
	r.log(zap.Int("events", len(page.Events)))
	return showFeed(page), nil
}

// awaitEvents reads on until there is an event, the time is up, the client is gone or the
// server ends. The request is beyond its deadline then.
func (a *API) awaitEvents(r *request, q feedQuery, page event.Page) (event.Page, error) {
	if r.caller.waits.Add(1) > maxWaits {
		r.caller.waits.Add(-1)
		return page, excess(fmt.Sprintf("%d requests of the token wait for events", maxWaits))
	}
	defer r.caller.waits.Add(-1)
	a.metrics.waiting.Inc()
	defer a.metrics.waiting.Dec()
	begun := time.Now()
	defer func() { r.waited = time.Since(begun) }()
	// Not every writer has a connection to set deadlines on.
	connection := http.NewResponseController(r.Writer)
	_ = connection.SetReadDeadline(time.Time{}) // it would end the context
	_ = connection.SetWriteDeadline(begun.Add(q.wait + 2*Deadline))
	ctx, cancel := context.WithTimeout(r.Request.Context(), q.wait)
	defer cancel()
	defer context.AfterFunc(a.ending, cancel)()
	for len(page.Events) == 0 {
		if !page.More && a.Feed.Wait(ctx, page.Next) != nil || ctx.Err() != nil {
			break
		}
		var err error
		q.After, q.Latest = &page.Next, false
		if page, err = a.readEvents(r, q.Query); err != nil {
			return page, err
		}
	}
	return page, nil
}

func (a *API) readEvents(r *request, q event.Query) (event.Page, error) {
	ctx, cancel := context.WithTimeout(r.Request.Context(), Deadline)
	defer cancel()
	return a.Feed.Read(ctx, q)
}

// EndWaits answers all requests that wait for an event. Later ones do not wait.
func (a *API) EndWaits() { a.end() }

// feedJSON is a page of events.
type feedJSON struct {
	Events []handedJSON `json:"events"`
	Next   string       `json:"next"`
	Late   int64        `json:"late_seconds"`
}

type handedJSON struct {
	Cursor string          `json:"cursor"`
	Event  json.RawMessage `json:"event"`
}

func showFeed(p event.Page) feedJSON {
	return feedJSON{
		Events: each(p.Events, func(e *event.Handed) handedJSON { return handedJSON{e.Cursor.String(), e.Body} }),
		Next:   p.Next.String(), Late: int64(p.Late.Seconds()),
	}
}
